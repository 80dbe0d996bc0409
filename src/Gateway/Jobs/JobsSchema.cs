using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// The tables, step by step from an empty database, each step once and all or nothing. The same steps for both databases but for the words
/// in braces; why not by the migrations of Entity Framework: docs/decisions/jobs.md.
/// </summary>
internal static class JobsSchema
{
    private static readonly string[] Steps =
    [
        """
        create table jobs (
          number {counted},
          id text not null unique,
          owner text not null,
          idempotency_key text,
          request_digest text,
          state integer not null,
          release text not null,
          request text not null,
          trace_parent text not null,
          created_at bigint not null,
          started_at bigint,
          ended_at bigint,
          attempts integer not null,
          next_try_at bigint not null,
          lease_owner text,
          lease_until bigint,
          claim bigint not null,
          cancelled_because text,
          problem text,
          reason text,
          retryable boolean not null,
          seconds double precision,
          prediction text,
          certainty integer,
          result {bytes});
        create unique index jobs_by_key on jobs (owner, idempotency_key);
        create index jobs_by_state on jobs (state, number);
        create index jobs_by_end on jobs (ended_at);
        """,

        """
        create index jobs_by_owner on jobs (owner, number);
        create table keys (
          number {counted},
          id text not null unique,
          name text not null,
          scopes text not null,
          hash text not null,
          previous_hash text,
          previous_until bigint,
          intended_use text not null,
          limits text,
          created_at bigint not null,
          created_by text not null,
          expires_at bigint,
          used_at bigint,
          rotated_at bigint,
          revoked_at bigint);
        create table audit (
          number {counted},
          at bigint not null,
          key_id text not null,
          action text not null,
          subject text,
          outcome text not null,
          detail text);
        create index audit_by_time on audit (at);
        create index audit_by_subject on audit (subject, number);
        create table sessions (
          hash text primary key,
          key_id text not null,
          created_at bigint not null,
          expires_at bigint not null);
        create index sessions_by_key on sessions (key_id, created_at);
        create table usage (
          key_id text not null,
          day integer not null,
          clips integer not null,
          primary key (key_id, day));
        """,

        """
        create table deliveries (
          number {counted},
          id text not null unique,
          job text not null references jobs (id) on delete cascade,
          url text not null,
          state integer not null,
          created_at bigint not null,
          next_try_at bigint not null,
          attempts integer not null,
          lease_owner text,
          lease_until bigint,
          claim bigint not null,
          delivered_at bigint,
          last_status integer,
          last_error text);
        create index deliveries_by_job on deliveries (job);
        create index deliveries_by_state on deliveries (state, next_try_at);
        create table batches (
          number {counted},
          id text not null unique,
          owner text not null,
          idempotency_key text,
          request_digest text,
          created_at bigint not null,
          items integer not null);
        create unique index batches_by_key on batches (owner, idempotency_key);
        alter table jobs add column batch text references batches (id) on delete cascade;
        alter table jobs add column place integer not null default 0;
        alter table jobs add column name text;
        create index jobs_by_batch on jobs (batch, place);
        """,

        """
        alter table usage add column seconds double precision not null default 0;
        """,

        """
        alter table keys add column configured_hash text;
        """,
    ];

    /// <exception cref="InvalidOperationException">A newer gateway has written it.</exception>
    public static async Task ApplyAsync(JobsContext context, CancellationToken cancellationToken)
    {
        var isSqlite = context.Database.IsSqlite();
        await context.Database.OpenConnectionAsync(cancellationToken);
        if (isSqlite)
        {
            await ExecuteAsync(context, "PRAGMA journal_mode=WAL", cancellationToken);
        }

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (!isSqlite)
        {
            // Gateways that start at the same time: one makes the tables, the others see them. The number is any, but the same for all.
            await ExecuteAsync(context, "select pg_advisory_xact_lock(7241120263)", cancellationToken);
        }

        await ExecuteAsync(context, "create table if not exists jobs_schema (version integer not null)", cancellationToken);
        var version = Convert.ToInt32(await ExecuteAsync(context, "select coalesce(max(version), 0) from jobs_schema", cancellationToken), null);
        if (version > Steps.Length)
        {
            throw new InvalidOperationException($"The database of jobs is of version {version}; this gateway knows {Steps.Length}. Start a gateway of at least the age of the database.");
        }

        for (; version < Steps.Length; version++)
        {
            var step = Steps[version]
                .Replace("{counted}", isSqlite ? "integer primary key autoincrement" : "bigint generated by default as identity primary key", StringComparison.Ordinal)
                .Replace("{bytes}", isSqlite ? "blob" : "bytea", StringComparison.Ordinal);
            await ExecuteAsync(context, step, cancellationToken);
            await ExecuteAsync(context, $"insert into jobs_schema (version) values ({version + 1})", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    // Not by EF's own way for raw SQL, which takes braces for parameters.
    private static async Task<object?> ExecuteAsync(JobsContext context, string sql, CancellationToken cancellationToken)
    {
        await using DbCommand command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
