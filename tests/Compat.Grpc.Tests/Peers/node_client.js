// gRPC's interop client on @grpc/grpc-js. Usage: node node_client.js PORT; prints "CASE ok" or "CASE failed: why" for each case.
'use strict';
const assert = require('assert');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, '..', 'Protos', 'interop.proto'), { keepCase: true });
const { testing } = grpc.loadPackageDefinition(definition).grpc;
const address = `127.0.0.1:${process.argv[2]}`;
const client = new testing.TestService(address, grpc.credentials.createInsecure());
const nobody = new testing.UnimplementedService(address, grpc.credentials.createInsecure());

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';
const REQUEST_SIZES = [27182, 8, 1828, 45904];
const RESPONSE_SIZES = [31415, 9, 2653, 58979];

const zeros = (size) => ({ body: Buffer.alloc(size) });
const ask = (response, request, interval = 0) =>
  ({ response_parameters: [{ size: response, interval_us: interval }], payload: zeros(request) });
const deadline = (milliseconds = 30000) => ({ deadline: Date.now() + milliseconds });

// Result, error, headers and status of a call that has one response.
function single(start) {
  return new Promise((resolve) => {
    const seen = {};
    const call = start((error, value) => { seen.error = error; seen.value = value; });
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('status', (status) => { seen.status = status; resolve(seen); });
  });
}

// The same of a call with a stream of responses.
function streamed(call, onData = () => {}) {
  return new Promise((resolve) => {
    const seen = { values: [] };
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('data', (value) => { seen.values.push(value); onData(seen.values.length); });
    call.on('error', (error) => { seen.error = error; });
    call.on('status', (status) => { seen.status = status; resolve(seen); });
  });
}

async function expectStatus(message) {
  const request = { response_status: { code: 2, message } };
  const unary = await single((done) => client.UnaryCall(request, deadline(), done));
  assert.strictEqual(unary.error.code, 2);
  assert.strictEqual(unary.error.details, message);
  const call = client.FullDuplexCall(deadline());
  const result = streamed(call);
  call.write(request);
  call.end();
  const { status } = await result;
  assert.strictEqual(status.code, 2);
  assert.strictEqual(status.details, message);
}

const cases = {
  async empty_unary() {
    const { error, value } = await single((done) => client.EmptyCall({}, deadline(), done));
    assert.ifError(error);
    assert.deepStrictEqual({ ...value }, {});
  },
  async large_unary() {
    const request = { response_size: 314159, payload: zeros(271828) };
    const { error, value } = await single((done) => client.UnaryCall(request, deadline(), done));
    assert.ifError(error);
    assert.strictEqual(value.payload.body.length, 314159);
  },
  async client_streaming() {
    const { error, value } = await single((done) => {
      const call = client.StreamingInputCall(deadline(), done);
      REQUEST_SIZES.forEach((size) => call.write({ payload: zeros(size) }));
      call.end();
      return call;
    });
    assert.ifError(error);
    assert.strictEqual(value.aggregated_payload_size, 74922);
  },
  async server_streaming() {
    const request = { response_parameters: RESPONSE_SIZES.map((size) => ({ size })) };
    const { values, status } = await streamed(client.StreamingOutputCall(request, deadline()));
    assert.strictEqual(status.code, 0);
    assert.deepStrictEqual(values.map((value) => value.payload.body.length), RESPONSE_SIZES);
  },
  async ping_pong() {
    const call = client.FullDuplexCall(deadline());
    const send = (index) => call.write(ask(RESPONSE_SIZES[index], REQUEST_SIZES[index]));
    const result = streamed(call, (count) => (count < 4 ? send(count) : call.end()));
    send(0);
    const { values, status } = await result;
    assert.strictEqual(status.code, 0);
    assert.deepStrictEqual(values.map((value) => value.payload.body.length), RESPONSE_SIZES);
  },
  async empty_stream() {
    const call = client.FullDuplexCall(deadline());
    const result = streamed(call);
    call.end();
    const { values, status } = await result;
    assert.strictEqual(status.code, 0);
    assert.strictEqual(values.length, 0);
  },
  async cancel_after_begin() {
    const { error } = await single((done) => {
      const call = client.StreamingInputCall(deadline(), done);
      setImmediate(() => call.cancel());
      return call;
    });
    assert.strictEqual(error.code, grpc.status.CANCELLED);
  },
  async cancel_after_first_response() {
    const call = client.FullDuplexCall(deadline());
    const result = streamed(call, () => call.cancel());
    call.write(ask(31415, 27182));
    const { values, status } = await result;
    assert.strictEqual(status.code, grpc.status.CANCELLED);
    assert.strictEqual(values.length, 1);
  },
  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall(deadline(100));
    const result = streamed(call);
    call.write(ask(31415, 27182, 5000000));
    const { status } = await result;
    assert.strictEqual(status.code, grpc.status.DEADLINE_EXCEEDED);
  },
  status_code_and_message: () => expectStatus('test status message'),
  special_status_message: () => expectStatus('\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n'),
  async unimplemented_method() {
    const { error } = await single((done) => client.UnimplementedCall({}, deadline(), done));
    assert.strictEqual(error.code, grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service() {
    const { error } = await single((done) => nobody.UnimplementedCall({}, deadline(), done));
    assert.strictEqual(error.code, grpc.status.UNIMPLEMENTED);
  },
  async custom_metadata() {
    const metadata = new grpc.Metadata();
    const bytes = Buffer.from([0xab, 0xab, 0xab]);
    metadata.set(INITIAL, 'test_initial_metadata_value');
    metadata.set(TRAILING, bytes);
    const check = ({ headers, status }) => {
      assert.strictEqual(status.code, 0);
      assert.deepStrictEqual(headers.get(INITIAL), ['test_initial_metadata_value']);
      assert.deepStrictEqual(status.metadata.get(TRAILING), [bytes]);
    };
    const request = { response_size: 314159, payload: zeros(271828) };
    check(await single((done) => client.UnaryCall(request, metadata, deadline(), done)));
    const call = client.FullDuplexCall(metadata, deadline());
    const result = streamed(call);
    call.write(ask(314159, 271828));
    call.end();
    check(await result);
  },
  // Not of the suite: what the server compresses must come back whole.
  async gzip_response() {
    const request = { response_size: 314159, payload: zeros(10) };
    const compressed = new testing.TestService(address, grpc.credentials.createInsecure(),
      { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
    const { error, value } = await single((done) => compressed.UnaryCall(request, deadline(), done));
    assert.ifError(error);
    assert.strictEqual(value.payload.body.length, 314159);
    compressed.close();
  },
};

(async () => {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`${name} ok`);
    } catch (error) {
      console.log(`${name} failed: ${String(error.message).replaceAll('\n', ' ')}`);
    }
  }
  client.close();
  nobody.close();
})();
