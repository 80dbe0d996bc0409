using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Keys.Tokens;

/// <summary>
/// Section <c>Gateway:Jwt</c>: JSON web tokens of an identity provider, let in beside keys. Off as long as there is neither an <see cref="Authority"/> nor a
/// <see cref="KeysFile"/>.
/// </summary>
public sealed class TokenOptions : IValidatableObject
{
    public const string Section = "Gateway:Jwt";

    /// <summary>
    /// Address of the provider: <c>AUTHORITY/.well-known/openid-configuration</c> names the issuer and where its public keys are, which are read anew as they change.
    /// </summary>
    public string Authority { get; set; } = "";

    /// <summary>Whether the authority has to be reached by https. Otherwise whoever is between may put keys of his own in place of its.</summary>
    public bool RequireHttps { get; set; } = true;

    /// <summary>Instead of an authority, or where it cannot be reached from here: its public keys as a file (a JSON Web Key Set, RFC 7517), read anew when it changes.</summary>
    public string KeysFile { get; set; } = "";

    /// <summary>The <c>iss</c> that tokens must have; empty for the one that the authority names. Needed with a file.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The <c>aud</c> that tokens must have: one that is made for another service is none for this one.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Claims whose words are scopes, as one text with blanks or as a list. Names that providers use.</summary>
    public IList<string> ScopeClaims { get; } = ["scope", "scp"];

    /// <summary>What stands before a scope of the gateway in them: with <c>emotion:</c>, <c>emotion:analyse</c> is the scope analyse. Other words say nothing.</summary>
    public string ScopePrefix { get; set; } = "emotion:";

    /// <summary>Signatures that are taken. None of them is symmetric, so that a public key is never taken for a secret.</summary>
    public IList<string> Algorithms { get; } = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>How far the clocks of the provider and the gateway may be apart.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A longer token is refused before it is looked at, characters.</summary>
    [Range(256, 65_536)]
    public int MaximumLength { get; set; } = 8_192;

    /// <summary>Waiting for the authority.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan AuthorityTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What the answers to holders of these tokens are for, as each key states it: needed. Who may use tokens for what is then the provider's to see to.</summary>
    public IntendedUse? IntendedUse { get; set; }

    public bool IsOn => Authority.Length > 0 || KeysFile.Length > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsOn)
        {
            yield break;
        }

        if (Authority.Length > 0 && KeysFile.Length > 0)
        {
            yield return new ValidationResult($"{Section}: Authority and KeysFile are both given: it is one or the other.");
        }

        if (Audience.Length == 0)
        {
            yield return new ValidationResult($"{Section}:Audience is missing: the aud of tokens that are made for this gateway.");
        }

        if (KeysFile.Length > 0 && Issuer.Length == 0)
        {
            yield return new ValidationResult($"{Section}:Issuer is missing: with KeysFile nobody else says whose tokens these are.");
        }

        if (Algorithms.Count == 0 || Algorithms.Any(name => name.StartsWith("HS", StringComparison.OrdinalIgnoreCase) || name.Equals("none", StringComparison.OrdinalIgnoreCase)))
        {
            yield return new ValidationResult($"{Section}:Algorithms must name signatures by private keys alone, such as RS256 or ES256.");
        }

        if (RefusedUse() is { } refused)
        {
            yield return new ValidationResult($"{Section}:IntendedUse: {refused}");
        }
    }

    private string? RefusedUse()
    {
        if (IntendedUse is null)
        {
            return "it is missing: Area (such as Research) and Description say what answers are for, as each key does.";
        }

        try
        {
            IntendedUse.Require();
            return null;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal.Detail;
        }
    }
}
