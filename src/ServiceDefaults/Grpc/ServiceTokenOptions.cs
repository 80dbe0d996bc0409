using System.ComponentModel.DataAnnotations;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Section <c>Grpc:Token</c>: a secret that the processes of a system share. Who serves gRPC answers those alone who show it, who calls shows it.
/// None is set on a developer's machine, where nobody else reaches the services.
/// </summary>
public sealed class ServiceTokenOptions
{
    /// <summary>The section of configuration.</summary>
    public const string Section = "Grpc:Token";

    private const string Form = "[!-~]{32,512}";

    /// <summary>32 to 512 visible ASCII characters, such as <c>openssl rand -hex 32</c> makes; left out: none is shown, and none asked for. One that is empty is no token.</summary>
    [RegularExpression(Form, ErrorMessage = "Grpc:Token:Value must be 32 to 512 visible ASCII characters: openssl rand -hex 32")]
    public string Value { get; set; } = "";

    /// <summary>A file that has it, as of a mounted secret, read at start, in the place of <see cref="Value"/>; empty: none.</summary>
    public string File { get; set; } = "";

    /// <summary>Another one that is taken from callers, while it is changed in one process after the other; empty: none.</summary>
    [RegularExpression(Form, ErrorMessage = "Grpc:Token:Previous must be 32 to 512 visible ASCII characters.")]
    public string Previous { get; set; } = "";

    /// <exception cref="IOException">There is no such file.</exception>
    internal void ReadFile()
    {
        if (File.Length > 0)
        {
            Value = System.IO.File.ReadAllText(File).Trim();
        }
    }
}
