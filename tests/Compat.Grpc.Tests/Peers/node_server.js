// gRPC's interop server on @grpc/grpc-js. Usage: node node_server.js; prints the port it listens on.
'use strict';
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, '..', 'Protos', 'interop.proto'), { keepCase: true });
const { testing } = grpc.loadPackageDefinition(definition).grpc;

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

function echo(call) {
  const initial = call.metadata.get(INITIAL);
  if (initial.length > 0) {
    const headers = new grpc.Metadata();
    headers.set(INITIAL, initial[0]);
    call.sendMetadata(headers);
  }
  const trailers = new grpc.Metadata();
  for (const value of call.metadata.get(TRAILING)) {
    trailers.add(TRAILING, value);
  }
  return trailers;
}

const failure = (status) =>
  status && status.code ? { code: status.code, details: status.message } : null;

async function answer(call, request) {
  for (const { size, interval_us: interval } of request.response_parameters || []) {
    if (interval > 0) {
      await new Promise((resolve) => setTimeout(resolve, interval / 1000));
    }
    call.write({ payload: { body: Buffer.alloc(size) } });
  }
}

const server = new grpc.Server({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
server.addService(testing.TestService.service, {
  EmptyCall: (call, done) => done(null, {}),
  UnaryCall: (call, done) => {
    const trailers = echo(call);
    const error = failure(call.request.response_status);
    if (error) {
      done(error);
    } else {
      done(null, { payload: { body: Buffer.alloc(call.request.response_size) } }, trailers);
    }
  },
  StreamingInputCall: (call, done) => {
    let sum = 0;
    call.on('data', (request) => { sum += request.payload.body.length; });
    call.on('end', () => done(null, { aggregated_payload_size: sum }));
  },
  StreamingOutputCall: async (call) => {
    const trailers = echo(call);
    await answer(call, call.request);
    call.end(trailers);
  },
  FullDuplexCall: (call) => {
    const trailers = echo(call);
    let work = Promise.resolve();
    call.on('data', (request) => {
      work = work.then(() => {
        const error = failure(request.response_status);
        return error ? call.emit('error', error) : answer(call, request);
      });
    });
    call.on('end', () => work.then(() => call.end(trailers)));
  },
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(port);
});
