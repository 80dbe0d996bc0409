using Emotion.Features;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>The tables of jobs as one gateway has them, without the gateway.</summary>
public sealed class JobsWorld : IDisposable
{
    private readonly DataFolder _folder;
    private readonly DbContextOptions<JobsContext> _options;

    /// <param name="database">Null: SQLite in <paramref name="shared"/>, or in a folder of its own.</param>
    public JobsWorld(string? database, JobsWorld? shared, TimeProvider clock, GatewayOptions gateway, JobsOptions jobs)
    {
        var own = new JobsOptions { DataFolder = Directory.CreateTempSubdirectory("emotion-jobs-").FullName };
        _folder = new DataFolder(Options.Create(own));
        var builder = new DbContextOptionsBuilder<JobsContext>();
        JobsContext.Configure(builder, database, shared?._folder ?? _folder);
        _options = builder.Options;
        Database = new JobsDatabase(new Contexts(_options));
        Store = new JobStore(Database, Options.Create(gateway), clock);
        Leases = new JobLeases(Database, _folder, Options.Create(jobs), Options.Create(Batches), clock);
        Upkeep = new JobUpkeep(Database, Options.Create(gateway), Options.Create(jobs), clock);
        Clock = clock;
    }

    /// <summary>Of its leases.</summary>
    public BatchOptions Batches { get; } = new();

    public JobsDatabase Database { get; }

    public JobStore Store { get; }

    public JobLeases Leases { get; }

    public JobUpkeep Upkeep { get; }

    public string Folder => _folder.FullName;

    public DataFolder DataFolder => _folder;

    private TimeProvider Clock { get; }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public JobsContext Context() => new(_options);

    public async Task<JobRow> AddAsync(string id, string? key = null, string words = "", TimeSpan after = default) =>
        (await Store.AddAsync(Row(id, key, words, after), Cancelled)).Row;

    public JobRow Row(string id, string? key = null, string words = "", TimeSpan after = default)
    {
        var now = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var given = words.Length == 0 ? null : new Features.Transcripts.Transcript(
            Features.Transcripts.TranscriptFormat.PlainText, [new Features.Transcripts.TranscriptSegment(null, null, words)]);
        var route = new ReleaseRoute(new OfferedRelease("r1", new ClipWindowSpec { LengthSeconds = 4, MinimumTailSeconds = 1.5 }) { HasText = true }, Arm.Canary, 3, 77);
        return new JobRow
        {
            Id = id,
            IdempotencyKey = key,
            RequestDigest = "digest of " + id,
            Release = "r1",
            Request = JobJson.Write(new JobRequest(1, 2.5, new TextRequest(given, "en", IncludeTranscript: true), route)),
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            CreatedAt = now,
            NextTryAt = now + (long)after.TotalMilliseconds,
        };
    }

    public async Task<JobRow> ClaimAsync() => await Leases.ClaimAsync(Cancelled) ?? throw new InvalidOperationException("Nothing to claim.");

    public async Task EndAsync(string id)
    {
        await AddAsync(id);
        Assert.True(await Leases.EndAsync(await ClaimAsync(), Behaviour.Answer("happy", 10), retryable: false, Cancelled));
    }

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
        Npgsql.NpgsqlConnection.ClearAllPools();
        Directory.Delete(_folder.FullName, recursive: true);
    }

    private sealed class Contexts(DbContextOptions<JobsContext> options) : IDbContextFactory<JobsContext>
    {
        public JobsContext CreateDbContext() => new(options);
    }
}
