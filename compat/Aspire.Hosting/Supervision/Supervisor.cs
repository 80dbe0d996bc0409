using Aspire.Dashboard;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Supervision;

/// <summary>What every runner shares.</summary>
internal sealed record SupervisorTools(
    SupervisorPaths Paths, SupervisorOptions Options, TimeProvider Time, StatusBoard Board, ProcessLauncher Launcher,
    HealthProbe Probe, ResourceConsole Console, ConsoleLines Lines)
{
    /// <summary>Null where there is none.</summary>
    public RunningDashboard? Dashboard { get; set; }
}

/// <summary>Runs the resources of one application from start to stop of the host.</summary>
internal sealed class Supervisor(
    IDistributedApplicationBuilder application, SupervisorPaths paths, IOptions<SupervisorOptions> options, StatusBoard board,
    ProcessLauncher launcher, ResourceConsole console, IOptions<DashboardOptions> dashboard, TimeProvider time) : IHostedService, IDisposable
{
    private const string Speaker = "apphost";

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _killNow = new();
    private readonly HealthProbe _probe = new(options.Value.ProbeTimeout);
    private readonly List<Task> _running = [];
    private FileStream? _lock;
    private StateFile? _state;
    private RunningDashboard? _dashboard;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var resources = application.Resources.Where(resource => resource.Annotations.OfType<LaunchAnnotation>().Any()).ToArray();
        var dependants = WaitGraph.Dependants(resources);

        Directory.CreateDirectory(paths.Logs);
        _lock = TakeLock();
        LoopbackPorts.Allocate(application.Resources);
        console.Register(Speaker);
        var lines = new ConsoleLines(dashboard.Value, time);
        var tools = new SupervisorTools(paths, options.Value, time, board, launcher, _probe, console, lines);
        var runners = resources.ToDictionary(
            resource => resource, resource => new ResourceRunner(resource, RunsOnce(resource, resources), tools, application.ExecutionContext));
        foreach (var resource in resources)
        {
            console.Register(resource.Name);
            board.Publish(new ResourceStatus(resource.Name, ResourceState.Waiting));
        }

        if (dashboard.Value.Enabled)
        {
            _dashboard = await RunningDashboard.StartAsync(new SupervisedResources([.. runners.Values], board), lines, dashboard.Value, paths, cancellationToken);
            tools.Dashboard = _dashboard;
            console.Write(Speaker, console.IsTerminal ? $"* dashboard {_dashboard.LoginAddress}" : $"* dashboard {_dashboard.Address}login?t=TOKEN, which is in {paths.DashboardToken}");
        }

        _state = new StateFile(paths, resources, board, time, _dashboard?.Address);
        foreach (var (resource, runner) in runners)
        {
            var mayStop = Task.WhenAll(dependants[resource].Select(dependant => runners[dependant].Ended));
            _running.Add(Task.Run(() => runner.RunAsync(_stopping.Token, mayStop, _killNow.Token), CancellationToken.None));
        }

        _running.Add(_state.KeepAsync(_stopping.Token));
        _running.Add(AnnounceAsync(resources, _stopping.Token));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_lock is null)
            return;
        console.Write(Speaker, "stopping");
        await using var impatience = cancellationToken.Register(_killNow.Cancel);
        _killNow.CancelAfter(options.Value.StopWithin);
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        if (_dashboard is not null)
            await _dashboard.DisposeAsync();
        _state?.Delete();
        console.Write(Speaker, "stopped; no process is left");
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _killNow.Dispose();
        _probe.Dispose();
        _lock?.Dispose();
    }

    private static bool RunsOnce(IResource resource, IResource[] all) =>
        all.SelectMany(other => other.Annotations.OfType<WaitAnnotation>())
            .Any(wait => wait.Resource == resource && wait.WaitType == WaitType.WaitForCompletion);

    /// <summary>Two AppHosts on one store would share a data folder and overwrite each other's state.</summary>
    private FileStream TakeLock()
    {
        try
        {
            return new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DistributedApplicationException(
                $"An AppHost runs from {paths.Directory} already; {paths.State} has its addresses and process ids. Stop it first.");
        }
    }

    /// <summary>Says once where the system is to be found, or at once what keeps it from starting.</summary>
    private async Task AnnounceAsync(IResource[] resources, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        try
        {
            while (true)
            {
                var changed = board.Changed;
                if (board.All.FirstOrDefault(status => status.State == ResourceState.Failed) is { } failed)
                {
                    console.Write(Speaker, $"'{failed.Name}' failed: {failed.Reason}; see {paths.LogOf(failed.Name)}");
                    return;
                }

                if (board.All.All(status => status.IsReady))
                    break;
                await changed.WaitAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }

        console.Write(Speaker, $"ready after {time.GetElapsedTime(started).TotalSeconds:0.0} s; Ctrl-C stops everything");
        foreach (var resource in resources.OfType<IResourceWithEndpoints>())
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().OrderByDescending(endpoint => endpoint.IsExternal))
                console.Write(Speaker, $"{(endpoint.IsExternal ? "*" : " ")} {resource.Name} {new EndpointReference(resource, endpoint.Name).Url}");
        }
    }
}

internal static class SupervisorRegistration
{
    /// <summary>Two more seconds than the supervisor's own limit, so that it is the supervisor who kills.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    public static void AddSupervisor(this IServiceCollection services, IDistributedApplicationBuilder application)
    {
        services.AddOptions<SupervisorOptions>().BindConfiguration(SupervisorOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<HostOptions>().Configure<IOptions<SupervisorOptions>>(
            (host, supervisor) => host.ShutdownTimeout = supervisor.Value.StopWithin + Margin);
        services.AddOptions<DashboardOptions>().BindConfiguration(DashboardOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(SupervisorPaths.Of(application));
        services.AddSingleton<StatusBoard>();
        services.AddSingleton(provider => new ResourceNotificationService(provider.GetRequiredService<StatusBoard>()));
        services.AddSingleton<ProcessLauncher>();
        services.AddSingleton(_ => ResourceConsole.OfTerminal());
        services.AddSingleton(application);
        if (application.ExecutionContext.IsPublishMode)
            services.AddHostedService<Publisher>();
        else
            services.AddHostedService<Supervisor>();
        services.AddLogging(logging => logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning));
    }
}
