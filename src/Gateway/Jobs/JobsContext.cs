using System.Data.Common;
using System.Text.Json;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Limits;
using Emotion.Gateway.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Emotion.Gateway.Jobs;

/// <summary>The tables of <see cref="JobsSchema"/>, in SQLite or PostgreSQL: columns are named as the properties, <c>LeaseUntil</c> as <c>lease_until</c>.</summary>
public sealed class JobsContext(DbContextOptions<JobsContext> options) : DbContext(options)
{
    public DbSet<JobRow> Jobs => Set<JobRow>();

    public DbSet<KeyRow> Keys => Set<KeyRow>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    public DbSet<UsageRow> Usage => Set<UsageRow>();

    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    public DbSet<BatchRow> Batches => Set<BatchRow>();

    /// <param name="connection">Of PostgreSQL; null or empty: SQLite.</param>
    public static void Configure(DbContextOptionsBuilder builder, string? connection, DataFolder folder)
    {
        if (!string.IsNullOrEmpty(connection))
        {
            builder.UseNpgsql(connection);
        }
        else
        {
            // Each connection is opened anew, which JobsDatabase makes cheap: the pool of Microsoft.Data.Sqlite 10 may lend one handle to two that open at the
            // same time (dotnet/efcore#39008), and whoever clears it closes those of others.
            builder.UseSqlite($"Data Source={folder.PathOf("jobs.db")};Foreign Keys=True;Pooling=False").AddInterceptors(new SqliteSettings());
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<JobRow>().ToTable("jobs").HasKey(row => row.Number);
        modelBuilder.Entity<KeyRow>().ToTable("keys").HasKey(row => row.Number);
        modelBuilder.Entity<AuditRow>().ToTable("audit").HasKey(row => row.Number);
        modelBuilder.Entity<SessionRow>().ToTable("sessions").HasKey(row => row.Hash);
        modelBuilder.Entity<UsageRow>().ToTable("usage").HasKey(row => new { row.KeyId, row.Day });
        modelBuilder.Entity<DeliveryRow>().ToTable("deliveries").HasKey(row => row.Number);
        modelBuilder.Entity<BatchRow>().ToTable("batches").HasKey(row => row.Number);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(table => table.GetProperties()))
        {
            property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            property.ValueGenerated = property.IsPrimaryKey() ? ValueGenerated.OnAdd : ValueGenerated.Never;
        }
    }

    /// <summary>Of each connection: what is committed is on the disk, and what is deleted is overwritten.</summary>
    private sealed class SqliteSettings : DbConnectionInterceptor
    {
        private const string Settings = "PRAGMA busy_timeout=5000; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Settings;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Settings;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
