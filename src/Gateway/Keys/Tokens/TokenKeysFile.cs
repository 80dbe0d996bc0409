using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Emotion.Gateway.Keys.Tokens;

/// <summary>
/// The provider's public keys in a file, read anew when the file has changed. One that cannot be read leaves those that were read before, and is told once.
/// </summary>
public sealed class TokenKeysFile(IOptions<TokenOptions> options, ILogger<TokenKeysFile> logger)
{
    private readonly Lock _lock = new();
    private (DateTime Changed, IList<SecurityKey> Keys) _read = (DateTime.MinValue, []);

    /// <summary>Those that there are now; none where none were ever read.</summary>
    public IList<SecurityKey> Keys
    {
        get
        {
            lock (_lock)
            {
                // Of a file that is not there: a time long ago.
                var changed = File.GetLastWriteTimeUtc(options.Value.KeysFile);
                if (changed != _read.Changed)
                {
                    _read = (changed, Read() ?? _read.Keys);
                }

                return _read.Keys;
            }
        }
    }

    private IList<SecurityKey>? Read()
    {
        try
        {
            return new JsonWebKeySet(File.ReadAllText(options.Value.KeysFile)).GetSigningKeys();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            logger.LogError("No public keys could be read from '{File}' ({Failure}); those from before stay.", options.Value.KeysFile, failure.Message);
            return null;
        }
    }
}
