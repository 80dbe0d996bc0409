using Aspire.Dashboard;

namespace Aspire.Hosting.Supervision;

/// <summary>The dashboard of this run, and the file by which programs of the same user find in.</summary>
internal sealed class RunningDashboard : IAsyncDisposable
{
    private const string Elsewhere = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly Dashboard.Dashboard _dashboard;
    private readonly SupervisorPaths _paths;

    private RunningDashboard(Dashboard.Dashboard dashboard, SupervisorPaths paths) => (_dashboard, _paths) = (dashboard, paths);

    public Uri Address => _dashboard.Address;

    public Uri LoginAddress => _dashboard.LoginAddress;

    /// <summary>Null where whoever started AppHost has a place for it.</summary>
    public IReadOnlyDictionary<string, string>? Telemetry => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Elsewhere)) ? _dashboard.Environment : null;

    /// <exception cref="DistributedApplicationException">Its port is taken.</exception>
    public static async Task<RunningDashboard> StartAsync(
        IDashboardResources resources, ConsoleLines lines, DashboardOptions options, SupervisorPaths paths, CancellationToken cancellationToken)
    {
        try
        {
            var dashboard = new RunningDashboard(await Dashboard.Dashboard.StartAsync(resources, lines, options, cancellationToken), paths);
            await WriteTokenAsync(paths.DashboardToken, dashboard._dashboard.Token);
            return dashboard;
        }
        catch (IOException taken)
        {
            throw new DistributedApplicationException($"The dashboard cannot listen on port {options.Port}: {taken.Message} Set Dashboard:Port to another one, or to 0.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_paths.DashboardToken);
        await _dashboard.DisposeAsync();
    }

    private static async Task WriteTokenAsync(string path, string token)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(new FileStream(path, options));
        await writer.WriteLineAsync(token);
    }
}
