"""gRPC's interop client on grpcio. Usage: python_client.py PORT; prints "CASE ok" or "CASE failed: why" for each case."""
import queue
import sys

import grpc
import interop as t

channel = grpc.insecure_channel("127.0.0.1:" + sys.argv[1])
REQUEST_SIZES = [27182, 8, 1828, 45904]
RESPONSE_SIZES = [31415, 9, 2653, 58979]
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"


def method(kind, name, request, response, service=t.SERVICE):
    return kind(f"/{service}/{name}", request_serializer=request.SerializeToString, response_deserializer=response.FromString)


empty_call = method(channel.unary_unary, "EmptyCall", t.Empty, t.Empty)
unary_call = method(channel.unary_unary, "UnaryCall", t.SimpleRequest, t.SimpleResponse)
input_call = method(channel.stream_unary, "StreamingInputCall", t.InputRequest, t.InputResponse)
output_call = method(channel.unary_stream, "StreamingOutputCall", t.OutputRequest, t.OutputResponse)
duplex_call = method(channel.stream_stream, "FullDuplexCall", t.OutputRequest, t.OutputResponse)


def ask(response_size, request_size, interval_us=0):
    return t.OutputRequest(
        response_parameters=[{"size": response_size, "interval_us": interval_us}], payload=t.zeros(request_size))


class Pipe:
    """Requests that are given while the call runs."""

    def __init__(self):
        self._queue = queue.Queue()

    def send(self, request):
        self._queue.put(request)

    def close(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def fails_with(code, action, detail=None):
    try:
        action()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()} {error.details()}"
        assert detail is None or error.details() == detail, repr(error.details())
        return
    raise AssertionError(f"succeeded, but {code} was expected")


def empty_unary():
    assert empty_call(t.Empty(), timeout=30) == t.Empty()


def large_unary():
    response = unary_call(t.SimpleRequest(response_size=314159, payload=t.zeros(271828)), timeout=30)
    assert response.payload.body == bytes(314159)


def client_streaming():
    requests = (t.InputRequest(payload=t.zeros(size)) for size in REQUEST_SIZES)
    assert input_call(requests, timeout=30).aggregated_payload_size == 74922


def server_streaming():
    request = t.OutputRequest(response_parameters=[{"size": size} for size in RESPONSE_SIZES])
    assert [len(response.payload.body) for response in output_call(request, timeout=30)] == RESPONSE_SIZES


def ping_pong():
    pipe = Pipe()
    call = duplex_call(iter(pipe), timeout=30)
    for request_size, response_size in zip(REQUEST_SIZES, RESPONSE_SIZES):
        pipe.send(ask(response_size, request_size))
        assert len(next(call).payload.body) == response_size
    pipe.close()
    assert next(call, None) is None


def empty_stream():
    call = duplex_call(iter(()), timeout=30)
    assert next(call, None) is None
    assert call.code() == grpc.StatusCode.OK


def cancel_after_begin():
    pipe = Pipe()
    call = input_call.future(iter(pipe), timeout=30)
    call.cancel()
    pipe.close()
    assert call.cancelled()
    assert call.code() == grpc.StatusCode.CANCELLED


def cancel_after_first_response():
    pipe = Pipe()
    call = duplex_call(iter(pipe), timeout=30)
    pipe.send(ask(31415, 27182))
    next(call)
    call.cancel()
    pipe.close()
    fails_with(grpc.StatusCode.CANCELLED, lambda: next(call))


def timeout_on_sleeping_server():
    pipe = Pipe()
    call = duplex_call(iter(pipe), timeout=0.1)
    pipe.send(ask(31415, 27182, 5000000))
    fails_with(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))
    pipe.close()


def expect_status(detail):
    status = {"code": 2, "message": detail}
    fails_with(grpc.StatusCode.UNKNOWN, lambda: unary_call(t.SimpleRequest(response_status=status), timeout=30), detail)
    call = duplex_call(iter([t.OutputRequest(response_status=status)]), timeout=30)
    fails_with(grpc.StatusCode.UNKNOWN, lambda: next(call), detail)


def status_code_and_message():
    expect_status("test status message")


def special_status_message():
    expect_status(SPECIAL)


def unimplemented_method():
    call = method(channel.unary_unary, "UnimplementedCall", t.Empty, t.Empty)
    fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: call(t.Empty(), timeout=30))


def unimplemented_service():
    call = method(channel.unary_unary, "UnimplementedCall", t.Empty, t.Empty, "grpc.testing.UnimplementedService")
    fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: call(t.Empty(), timeout=30))


def custom_metadata():
    metadata = [(t.INITIAL, "test_initial_metadata_value"), (t.TRAILING, b"\xab\xab\xab")]

    def check(call):
        assert (t.INITIAL, "test_initial_metadata_value") in call.initial_metadata(), call.initial_metadata()
        assert (t.TRAILING, b"\xab\xab\xab") in call.trailing_metadata(), call.trailing_metadata()

    request = t.SimpleRequest(response_size=314159, payload=t.zeros(271828))
    check(unary_call.with_call(request, metadata=metadata, timeout=30)[1])
    call = duplex_call(iter([ask(314159, 271828)]), metadata=metadata, timeout=30)
    assert len(list(call)) == 1
    check(call)


# Not of the suite: a compressed request and a compressed response.
def gzip_response():
    request = t.SimpleRequest(response_size=314159, payload=t.zeros(271828))
    response = unary_call(request, timeout=30, compression=grpc.Compression.Gzip)
    assert response.payload.body == bytes(314159)


for case in [empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream, cancel_after_begin,
             cancel_after_first_response, timeout_on_sleeping_server, status_code_and_message, special_status_message,
             unimplemented_method, unimplemented_service, custom_metadata, gzip_response]:
    try:
        case()
        print(case.__name__, "ok", flush=True)
    except Exception as error:
        print(case.__name__, "failed:", repr(error).replace("\n", " "), flush=True)
