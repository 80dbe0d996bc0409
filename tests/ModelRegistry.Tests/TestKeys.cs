using Emotion.ModelRegistry.Signing;

namespace Emotion.ModelRegistry.Tests;

/// <summary>A key pair made for one test, its private half in a file that goes with it.</summary>
internal sealed class TestKeys : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public TestKeys() => File.WriteAllText(_file, Key.PrivatePem);

    public SigningKey Key { get; } = SigningKey.Create();

    public string PrivateFile => _file;

    /// <summary>Publishes and reads with this key.</summary>
    public ModelRegistryOptions Sign(ModelRegistryOptions options)
    {
        options.SigningKeyFile = _file;
        return Trust(options);
    }

    /// <summary>Reads with this key, and cannot publish.</summary>
    public ModelRegistryOptions Trust(ModelRegistryOptions options)
    {
        options.TrustedKeys = [.. options.TrustedKeys, Key.PublicPem];
        return options;
    }

    public void Dispose() => File.Delete(_file);
}
