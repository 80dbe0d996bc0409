using System.CommandLine;
using Emotion.ModelRegistry.Signing;

namespace Emotion.Cli.Models;

/// <summary><c>models keygen</c>: an ECDSA P-256 key pair.</summary>
internal static class KeygenCommand
{
    public static Command Create()
    {
        var folder = new Option<DirectoryInfo>("--out") { Description = "Folder for the two files.", DefaultValueFactory = _ => new DirectoryInfo(".") };
        var json = ModelsCommand.Json();
        var command = new Command("keygen", "Makes a key pair: emotion-ID.key.pem, for those who publish, readable by you alone, and emotion-ID.pub.pem, for everybody.") { folder, json };
        command.SetAction((parsed, _) =>
        {
            try
            {
                Write(parsed.GetValue(folder)!.FullName, parsed.GetValue(json));
                return Task.FromResult(ExitCode.Done);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"The keys cannot be written: {failure.Message}");
                return Task.FromResult(ExitCode.BadInput);
            }
        });
        return command;
    }

    private static void Write(string folder, bool json)
    {
        var key = SigningKey.Create();
        Directory.CreateDirectory(folder);
        var (privateFile, publicFile) = (Path.Combine(folder, $"emotion-{key.Id}.key.pem"), Path.Combine(folder, $"emotion-{key.Id}.pub.pem"));
        using (var writer = new StreamWriter(File.Open(privateFile, ForOneself())))
        {
            writer.WriteLine(key.PrivatePem);
        }

        File.WriteAllText(publicFile, key.PublicPem + "\n");
        var publicKey = string.Concat(key.PublicPem.Split('\n').Where(line => !line.StartsWith('-')));
        if (json)
        {
            RegistryAction.WriteJson(new { id = key.Id, privateFile, publicFile, publicKey });
            return;
        }

        Console.WriteLine($"key {key.Id}");
        Console.WriteLine("Everybody who reads the registry:");
        Console.WriteLine($"  ModelRegistry__TrustedKeys__0={publicKey}");
        Console.WriteLine("Who publishes and promotes, also:");
        Console.WriteLine($"  ModelRegistry__SigningKeyFile={privateFile}");
    }

    /// <summary>A new file that nobody else may read from its first moment on.</summary>
    private static FileStreamOptions ForOneself()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
