namespace Emotion.ModelRegistry;

/// <summary>A package, release or channel is not what it says it is: altered, torn, unsigned, or written by something else.</summary>
public sealed class PackageIntegrityException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Somebody else was faster, or the name is taken: read again and decide again.</summary>
public sealed class RegistryConflictException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The registry has no such version, release or channel.</summary>
public sealed class RegistryNotFoundException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A configured key cannot be used, or one is needed and none is configured.</summary>
public sealed class RegistryKeyException(string message, Exception? inner = null) : Exception(message, inner);
