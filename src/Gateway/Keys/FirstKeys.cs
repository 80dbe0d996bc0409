using Emotion.Gateway.Audit;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Keys;

/// <summary>The keys that a gateway has before anybody could make one: from a secret, and on a developer's machine in a file.</summary>
public sealed partial class FirstKeys(
    JobsDatabase database,
    KeyStore store,
    KeyMaker maker,
    KeyCheck check,
    AuditLog audit,
    IOptions<KeysOptions> options,
    TimeProvider clock,
    ILogger<FirstKeys> logger)
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Hashed = "sha256:";

    private static readonly NewKey Bootstrap = new()
    {
        Name = "bootstrap",
        Scopes = [KeyScope.Admin],
        IntendedUse = new IntendedUse { Area = UseArea.Administration, Description = "The first key, from a secret of the gateway: it makes the others." },
    };

    private static readonly NewKey Developer = new()
    {
        Name = "developer",
        Scopes = KeyScopes.All,
        IntendedUse = new IntendedUse { Area = UseArea.Development, Description = "The key of whoever has this machine, made at the first start." },
        Limits = new KeyLimits
        {
            RequestsPerMinute = LimitOptions.Highest, Burst = LimitOptions.Highest, ConcurrentAnalyses = LimitOptions.Highest, ClipsPerDay = LimitOptions.Highest,
            SecondsPerDay = LimitOptions.Highest,
        },
    };

    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Bootstrap.Length > 0)
        {
            await BootstrapAsync(options.Value.Bootstrap, cancellationToken);
        }

        if (options.Value.DeveloperFile is { Length: > 0 } file)
        {
            await WriteDeveloperFileAsync(Path.GetFullPath(file), cancellationToken);
        }
    }

    /// <summary>Whether anybody can come in.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        await database.QueryAsync(context => context.Keys.AnyAsync(row => row.RevokedAt == null, cancellationToken), cancellationToken);

    /// <summary>One that was revoked stays so, and one that was rotated as long as the configuration is the same. Gateways that start at the same time write the same.</summary>
    private async Task BootstrapAsync(string secret, CancellationToken cancellationToken)
    {
        var (id, rest) = (secret.Split('_')[1], secret.Split('_')[2]);
        var hash = ApiKey.TryParse(secret, out var key) ? key.Hash : rest[Hashed.Length..];
        if (await store.FindAsync(id, cancellationToken) is null)
        {
            try
            {
                var row = KeyMaker.Row(id, hash, Bootstrap, by: "", clock.GetUtcNow());
                row.ConfiguredHash = hash;
                await store.AddAsync(row, cancellationToken);
                await TellAsync("key.create", id, Bootstrap, cancellationToken);
                LogBootstrap(id);
                return;
            }
            catch (DbUpdateException) when (!cancellationToken.IsCancellationRequested)
            {
                // Another gateway was faster; if it was not that, the next lines fail too.
            }
        }

        if (await store.ConfigureAsync(id, hash, cancellationToken))
        {
            await TellAsync("key.rotate", id, Bootstrap, cancellationToken);
            LogReplaced(id);
        }
    }

    private async Task WriteDeveloperFileAsync(string file, CancellationToken cancellationToken)
    {
        if (!await IsGoodAsync(file, cancellationToken))
        {
            var made = await maker.MakeAsync(Developer, by: "", cancellationToken);
            await TellAsync("key.create", made.Key.Id, Developer, cancellationToken);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var part = file + ".part";
            File.Delete(part); // Its mode would stay.
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                create.UnixCreateMode = OwnersAlone;
            }

            await using (var stream = new StreamWriter(part, create))
            {
                await stream.WriteLineAsync(made.Secret);
            }

            File.Move(part, file, overwrite: true);
        }

        LogDeveloper(file);
    }

    private Task TellAsync(string action, string id, NewKey key, CancellationToken cancellationToken) => audit.WriteAsync(
        audit.Row(key: "", action, id, "done", JobJson.Write(new { key.Scopes, key.IntendedUse })), cancellationToken);

    private async Task<bool> IsGoodAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return File.Exists(file) && await check.CheckAsync((await File.ReadAllTextAsync(file, cancellationToken)).Trim(), cancellationToken) is not null;
        }
        catch (RefusedException)
        {
            return false; // Of another database.
        }
    }

    [LoggerMessage(LogLevel.Information, "The first key {Id} is there, with the scope admin")]
    private partial void LogBootstrap(string id);

    [LoggerMessage(LogLevel.Warning, "The first key {Id} has another secret now, as configured")]
    private partial void LogReplaced(string id);

    [LoggerMessage(LogLevel.Information, "A key with all scopes is in {File}")]
    private partial void LogDeveloper(string file);
}
