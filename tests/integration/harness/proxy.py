"""A service between a client and the real one, that may change what is answered."""

from concurrent import futures

import grpc

from harness.environment import PATIENCE


class Proxy(grpc.GenericRpcHandler):
    """Passes unary calls on to `address`; a context manager.

    `changes` has, by the name of a method, what is done to the bytes of its answers.
    """

    def __init__(self, address, **changes):
        self._channel = grpc.insecure_channel(address)
        self._changes = changes
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), handlers=(self,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()
        self._channel.close()

    def service(self, details):
        method = details.method
        change = self._changes.get(method.rsplit("/", 1)[1], bytes)

        def pass_on(request, context):
            try:
                answer = self._channel.unary_unary(method)(request, timeout=PATIENCE)
            except grpc.RpcError as error:
                context.set_trailing_metadata(error.trailing_metadata())
                context.abort(error.code(), error.details())
            return change(answer)

        return grpc.unary_unary_rpc_method_handler(pass_on)
