"""gRPC's interop server on grpcio. Prints the port it listens on."""
import time
from concurrent import futures

import grpc
import interop as t


def echo(context):
    metadata = context.invocation_metadata()
    initial = [(key, value) for key, value in metadata if key == t.INITIAL]
    if initial:
        context.send_initial_metadata(initial)
    context.set_trailing_metadata([(key, value) for key, value in metadata if key == t.TRAILING])


def check(status, context):
    if status.code:
        code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
        context.abort(code, status.message)


def unary(request, context):
    echo(context)
    check(request.response_status, context)
    return t.SimpleResponse(payload=t.zeros(request.response_size))


def answers(request):
    for parameters in request.response_parameters:
        time.sleep(parameters.interval_us / 1e6)
        yield t.OutputResponse(payload=t.zeros(parameters.size))


def output(request, context):
    echo(context)
    yield from answers(request)


def duplex(requests, context):
    echo(context)
    for request in requests:
        check(request.response_status, context)
        yield from answers(request)


def input_sum(requests, context):
    return t.InputResponse(aggregated_payload_size=sum(len(request.payload.body) for request in requests))


def handler(kind, behavior, request, response):
    return kind(behavior, request.FromString, response.SerializeToString)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(t.SERVICE, {
    "EmptyCall": handler(grpc.unary_unary_rpc_method_handler, lambda request, context: t.Empty(), t.Empty, t.Empty),
    "UnaryCall": handler(grpc.unary_unary_rpc_method_handler, unary, t.SimpleRequest, t.SimpleResponse),
    "StreamingInputCall": handler(grpc.stream_unary_rpc_method_handler, input_sum, t.InputRequest, t.InputResponse),
    "StreamingOutputCall": handler(grpc.unary_stream_rpc_method_handler, output, t.OutputRequest, t.OutputResponse),
    "FullDuplexCall": handler(grpc.stream_stream_rpc_method_handler, duplex, t.OutputRequest, t.OutputResponse),
})])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
server.wait_for_termination()
