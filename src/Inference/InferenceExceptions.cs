namespace Emotion.Inference;

/// <summary>What the caller sent cannot be classified, whoever is asked. At the gRPC edge: INVALID_ARGUMENT.</summary>
public sealed class InvalidInputException(string message) : Exception(message);

/// <summary>A bound was reached: too much in one request, or too many requests. At the gRPC edge: RESOURCE_EXHAUSTED.</summary>
public class LimitExceededException(string message) : Exception(message);

/// <summary>The model's queue is full; another replica may have room.</summary>
public sealed class QueueFullException(string queue, int length)
    : LimitExceededException($"The queue '{queue}' holds its {length} requests already: try another replica, or later.");

/// <summary>Feature maps of a version that the model was not trained on. At the gRPC edge: FAILED_PRECONDITION.</summary>
public sealed class IncompatibleVersionException(string message) : Exception(message);

/// <summary>The model cannot do what it is asked for, and no other input would help. At the gRPC edge: FAILED_PRECONDITION.</summary>
public sealed class NotOfThisModelException(string message) : Exception(message);

/// <summary>The named release is not loaded here. At the gRPC edge: NOT_FOUND.</summary>
public sealed class ReleaseNotLoadedException(string release, IEnumerable<string> loaded)
    : Exception($"Release '{release}' is not loaded here; loaded: {string.Join(", ", loaded)}.");

/// <summary>No model at all is loaded yet. At the gRPC edge: UNAVAILABLE.</summary>
public sealed class ModelUnavailableException(string message) : Exception(message);

/// <summary>A package that cannot be served: graphs that do not fit their manifest, a golden example that comes out otherwise; too slow to load here, or too much for the disk.</summary>
public sealed class UnservablePackageException(string message, Exception? inner = null) : Exception(message, inner);
