// A grpc-js client records events and reads each of them back exactly once.
//
// DAYBOOK_ADDRESS is the service, DAYBOOK_PROTO the folder of the contract.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const EVENTS = 1000;
const PATIENCE_MS = 60_000;

const definition = protoLoader.loadSync('daybook/audit/v1/audit_service.proto', {
  includeDirs: [process.env.DAYBOOK_PROTO],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});
const { AuditService } = grpc.loadPackageDefinition(definition).daybook.audit.v1;
const client = new AuditService(process.env.DAYBOOK_ADDRESS, grpc.credentials.createInsecure());

function call(method, request, metadata = {}) {
  const headers = new grpc.Metadata();
  for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
  return new Promise((resolve, reject) => {
    client[method](request, headers, { deadline: Date.now() + PATIENCE_MS }, (error, answer) =>
      error ? reject(error) : resolve(answer));
  });
}

const record = async (event, requestId = '', metadata = {}) =>
  (await call('RecordEvent', { event, request_id: requestId }, metadata)).receipt;

async function pages(request) {
  const all = [];
  let token = '';
  do {
    const page = await call('QueryEvents', { ...request, page_token: token });
    all.push(page);
    token = page.next_page_token;
  } while (token);
  return all;
}

const newestFirst = Array.from({ length: EVENTS }, (_, i) => String(EVENTS - 1 - i));
const filter = 'action = deposit_confirmed';
const receipts = [];

before(async () => {
  for (let i = 0; i < EVENTS; i += 1) {
    receipts.push(await record({ action: 'deposit_confirmed', user_id: i, actor: `user:${i}` }));
  }
});
after(() => client.close());

test('receipts are dense and new', () => {
  const first = BigInt(receipts[0].seq);
  receipts.forEach((receipt, i) => {
    assert.equal(BigInt(receipt.seq), first + BigInt(i));
    assert.equal(receipt.leaf_hash.length, 32);
    assert.equal(receipt.duplicate, false);
  });
});

for (const size of [1000, 100, 333, 7]) {
  test(`pages of ${size} hold each event once, newest first`, async () => {
    const all = await pages({ filter, page_size: size });

    assert.deepEqual(all.flatMap((page) => page.events.map((e) => e.user_id)), newestFirst);
    assert.equal(new Set(all.map((page) => page.as_of_size)).size, 1);
  });
}

test('pages see one snapshot while others record', async () => {
  let isDone = false;
  const writer = (async () => {
    while (!isDone) await record({ action: 'login' });
  })();
  const all = await pages({ page_size: 100 });
  isDone = true;
  await writer;

  const size = Number(all[0].as_of_size);
  const seqs = all.flatMap((page) => page.events.map((e) => Number(e.seq)));
  assert.deepEqual(seqs, Array.from({ length: size }, (_, i) => size - 1 - i));
});

test('each event can be got and matches its receipt', async () => {
  for (const [i, receipt] of receipts.entries()) {
    const event = await call('GetEvent', { seq: receipt.seq });
    assert.equal(event.user_id, String(i));
    assert.equal(event.actor, `user:${i}`);
    assert.deepEqual(event.leaf_hash, receipt.leaf_hash);
  }
});

test('64-bit numbers and text of any script come back as sent', async () => {
  const sent = {
    action: 'transfer_failed',
    user_id: '-9223372036854775808',
    details: '{ "name":"홍길동", "amount" : 1.50 }',
    outcome: 'OUTCOME_DENIED',
  };
  const { seq } = await record(sent);
  const stored = await call('GetEvent', { seq });

  for (const [field, value] of Object.entries(sent)) assert.equal(stored[field], value);
});

test('a batch is recorded in order', async () => {
  const requests = Array.from({ length: 200 }, (_, i) => ({ event: { action: 'batch', user_id: i } }));
  const answer = await call('BatchRecordEvents', { requests });

  const first = Number(answer.receipts[0].seq);
  assert.deepEqual(answer.receipts.map((r) => Number(r.seq)), requests.map((_, i) => first + i));
});

test('a repeated request is answered with the first receipt', async () => {
  const first = await record({ action: 'paid' }, 'order-1', { 'daybook-producer': 'node' });
  const again = await record({ action: 'paid' }, 'order-1', { 'daybook-producer': 'node' });

  assert.deepEqual(again, { ...first, duplicate: true });
});

// The answers to all requests, of a stream that ends with OK.
function stream(requests) {
  return new Promise((resolve, reject) => {
    const answers = [];
    const duplex = client.StreamRecordEvents({ deadline: Date.now() + PATIENCE_MS });
    duplex.on('data', (answer) => answers.push(answer));
    duplex.on('error', reject);
    duplex.on('end', () => resolve(answers));
    for (const request of requests) duplex.write({ request });
    duplex.end();
  });
}

test('a stream answers a thousand pipelined events in order, a bad one among them', async () => {
  const requests = Array.from({ length: 1000 }, (_, i) => ({
    event: { action: i === 500 ? '' : 'streamed', user_id: i },
    request_id: `stream-${i}`,
  }));
  const answers = await stream(requests);

  assert.equal(answers.length, 1000);
  const [bad] = answers.splice(500, 1);
  assert.equal(bad.result, 'status');
  assert.equal(bad.status.code, grpc.status.INVALID_ARGUMENT);
  assert.ok(bad.status.details.some((detail) => detail.value.includes('ACTION_REQUIRED')));
  const first = Number(answers[0].receipt.seq);
  assert.deepEqual(answers.map((a) => Number(a.receipt.seq)), answers.map((_, i) => first + i));
  const last = await call('GetEvent', { seq: answers.at(-1).receipt.seq });
  assert.equal(last.user_id, '999');

  const again = await stream(requests.slice(0, 10));
  assert.deepEqual(again.map((a) => a.receipt),
    answers.slice(0, 10).map((a) => ({ ...a.receipt, duplicate: true })));
});

test('an error has its code and its details', async () => {
  await assert.rejects(record({ action: '' }), (error) => {
    assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
    const [details] = error.metadata.get('grpc-status-details-bin');
    assert.ok(details.includes('ACTION_REQUIRED'));
    assert.ok(details.includes('event.action'));
    return true;
  });
});
