"""Runs the real programs for the tests of tests/integration and tests/fault.

Needs DAYBOOK_BIN_DIR, where the programs are, and DAYBOOK_BUILD_DIR, where the
Python stubs are kept. ctest sets both, and PYTHONPATH; by hand, from the root of
the project:

    DAYBOOK_BIN_DIR=build/dev/bin DAYBOOK_BUILD_DIR=build/dev \\
    PYTHONPATH=tests/integration python3 tests/integration/bad_event_test.py
"""
