using System.Data.Common;
using System.Text.Json;
using Emotion.Gateway.Callbacks;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Emotion.Gateway.Jobs;

/// <summary>The tables of <see cref="JobsSchema"/>, in SQLite or PostgreSQL: columns are named as the properties, <c>LeaseUntil</c> as <c>lease_until</c>.</summary>
public sealed class JobsContext(DbContextOptions<JobsContext> options) : DbContext(options)
{
    public DbSet<JobRow> Jobs => Set<JobRow>();

    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    /// <param name="connection">Of PostgreSQL; null or empty: SQLite.</param>
    public static void Configure(DbContextOptionsBuilder builder, string? connection, DataFolder folder)
    {
        if (!string.IsNullOrEmpty(connection))
        {
            builder.UseNpgsql(connection);
        }
        else
        {
            builder.UseSqlite($"Data Source={folder.PathOf("jobs.db")};Foreign Keys=True").AddInterceptors(new SqliteSettings());
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var job = modelBuilder.Entity<JobRow>().ToTable("jobs");
        job.HasKey(row => row.Number);
        job.Property(row => row.Number).ValueGeneratedOnAdd();
        var delivery = modelBuilder.Entity<DeliveryRow>().ToTable("deliveries");
        delivery.HasKey(row => row.Number);
        delivery.Property(row => row.Number).ValueGeneratedOnAdd();
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(table => table.GetProperties()))
        {
            property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
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
