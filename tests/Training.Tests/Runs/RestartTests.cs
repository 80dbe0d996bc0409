using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Emotion.Contracts.Training.V1;
using Emotion.Training.Commands;
using Emotion.Training.Runs;
using Grpc.Core;
using Grpc.Net.Client;
using RunState = Emotion.Contracts.Training.V1.RunState;

namespace Emotion.Training.Tests.Runs;

/// <summary>Runs do not end with those who look after them.</summary>
public sealed class RestartTests(RunsFixture fixture) : IClassFixture<RunsFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Service_KilledWhileARunGoes_LeavesItGoingAndTheNextOneFindsIt()
    {
        var folder = fixture.NewFolder();
        using var killed = await ServiceProcess.StartAsync(fixture, folder);
        var run = await killed.Client.StartAsync(RunsFixture.Tiny(100_000), cancellationToken: Token);
        await RunsFixture.UntilAsync(async () => await killed.Client.GetAsync(new RunRequest { Id = run.Id }, cancellationToken: Token), one => one.Epochs.Count > 0);
        var before = new RunStore(new TrainingRunsOptions { Folder = folder }).Read(run.Id).Process!;

        killed.Kill();

        await using var served = await ServedRuns.StartAsync(fixture, folder);
        var epochs = (await served.Client.GetAsync(new RunRequest { Id = run.Id }, cancellationToken: Token)).Epochs.Count;
        var found = await served.UntilAsync(run.Id, one => one.Epochs.Count > epochs + 1);
        Assert.Equal((RunState.Running, 1), (found.State, found.Tries));
        Assert.Equal(before, new RunStore(new TrainingRunsOptions { Folder = folder }).Read(run.Id).Process);
        await served.Client.CancelAsync(new RunRequest { Id = run.Id }, cancellationToken: Token);
        await served.UntilAsync(run.Id, one => one.State == RunState.Cancelled);
        Assert.False(RunProcess.Lives(before, run.Id));
    }

    [Fact]
    public async Task Service_Stopped_TellsWhoWatchesThatTheRunGoesOn()
    {
        var folder = fixture.NewFolder();
        var served = await ServedRuns.StartAsync(fixture, folder);
        var run = await served.Client.StartAsync(RunsFixture.Tiny(100_000), cancellationToken: Token);
        using var watch = served.Client.Watch(new RunRequest { Id = run.Id }, cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));

        var stopping = served.StopAsync();
        var said = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await watch.ResponseStream.MoveNext(Token))
            {
            }
        });
        await stopping;

        Assert.Equal(StatusCode.Unavailable, said.StatusCode);
        await using var next = await ServedRuns.StartAsync(fixture, folder);
        Assert.Contains((await next.Client.GetAsync(new RunRequest { Id = run.Id }, cancellationToken: Token)).State, new[] { RunState.Queued, RunState.Running });
    }

    [Fact]
    public async Task Command_WithoutAService_TrainsAndTellsEachEpoch()
    {
        var (folder, output) = (fixture.NewFolder(), new StringWriter());
        using var look = new RunLook(null, folder, detach: false, output, isTerminal: false, Token);
        var request = RunsFixture.Tiny(2);
        request.Corpus = Path.Combine(fixture.Corpora, "spoken");

        var run = await look.Runs.StartAsync(request, Token);
        var status = await look.FollowAsync(look.Runs, run.Id);

        Assert.True(status == 0, output.ToString());
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches($"^{run.Id} (queued|running) audio", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("epoch 2/2: loss ", StringComparison.Ordinal) && line.Contains(", uar ", StringComparison.Ordinal));
        Assert.Equal($"{run.Id} succeeded audio (audio-own) epoch 2/2", lines[^1]);
        Assert.All(lines, line => Assert.DoesNotContain('\u001b', line));
    }

    [Fact]
    public async Task Command_WithAService_AsksThatAndSaysWhatItRefuses()
    {
        await using var served = await ServedRuns.StartAsync(fixture, fixture.NewFolder());
        var output = new StringWriter();
        using var look = new RunLook(served.Address, null, detach: true, output, isTerminal: false, Token);

        var refused = await Assert.ThrowsAsync<RunRefusedException>(() => look.Runs.CancelAsync("20200101-000000-00000000", Token));
        var started = await look.Runs.StartAsync(RunsFixture.Tiny(1), Token);
        var status = await look.WatchAsync(look.Runs, started.Id);

        Assert.Equal((RunRefusal.NotFound, "There is no run '20200101-000000-00000000'."), (refused.Reason, refused.Message));
        Assert.Equal(0, status);
        Assert.Equal(started.Id, Assert.Single(await look.Runs.ListAsync(5, Token)).Id);
    }

    [Fact]
    public async Task Serve_WithoutLibtorch_SaysWhatToDoAndEndsAsNotSetUp()
    {
        var notALibrary = Path.Combine(fixture.NewFolder(), "shim.so");
        await File.WriteAllTextAsync(notALibrary, "no library", Token);
        var start = new ProcessStartInfo("dotnet", [typeof(TrainingCommandLine).Assembly.Location, "serve", "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardError = true, Environment = { ["EMOTION_TORCH_LIBRARY"] = notALibrary },
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);

        Assert.Equal(78, process.ExitCode);
        Assert.Contains("`./emotion training --help` installs and builds what they need", Assert.Single(said.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData(null, null, "http://found")]
    [InlineData("http://named", null, "http://named")]
    [InlineData(null, "a-folder", null)] // Whoever names a folder means the runs in it.
    public void Service_OfTheSystemThatRuns_IsAskedUnlessAnotherOneOrAFolderIsNamed(string? named, string? folder, string? expected) =>
        Assert.Equal(expected, RunsCommand.ServiceOf(named, folder, "http://found"));

    [Fact]
    public async Task Keeper_OfARunWhoseStartWasNeverWrittenDown_TakesItOnInsteadOfStartingASecond()
    {
        var options = new TrainingRunsOptions { Folder = fixture.NewFolder(), CorporaFolder = fixture.Corpora, Threads = 1 };
        var store = new RunStore(options);
        var run = await new TrainingRunsDesk(store, options, TimeProvider.System).StartAsync(RunsFixture.Tiny(100_000), Token);
        var started = RunProcess.Start(store, store.Read(run.Id), options);
        await RunsFixture.UntilAsync(() => Task.FromResult(RunProcess.Find(run.Id)), found => found is not null);

        await new RunKeeper(store, options, TimeProvider.System).LookAsync(Token);

        Assert.Equal((RunPhase.Running, started), (store.Read(run.Id).Phase, store.Read(run.Id).Process));
        RunProcess.End(started, run.Id);
        await RunsFixture.UntilAsync(() => Task.FromResult(RunProcess.Find(run.Id)), found => found is null);
    }

    [Theory]
    [InlineData(10, 0)] // Room for all.
    [InlineData(20_000, 7)] // 109 KB in files of 10 KB.
    public async Task Script_OfAProcessThatSaysMuch_KeepsItsEndAndItsExitStatus(int lines, int status)
    {
        var folder = fixture.NewFolder();
        var (log, exit) = (Path.Combine(folder, "log.txt"), Path.Combine(folder, "exit"));

        using var shell = Process.Start("sh", ["-c", RunProcess.Script, "a-name", log, exit, "1000000", "0", "10000", "sh", "-c", $"seq 1 {lines}; exit {status}"]);
        await shell.WaitForExitAsync(Token);

        Assert.Equal($"{status}", File.ReadAllText(exit).Trim());
        var said = (File.Exists(log + ".earlier") ? File.ReadAllText(log + ".earlier") : "") + File.ReadAllText(log);
        Assert.EndsWith($"\n{lines}\n", said, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, lines).Reverse().Take(5).Reverse().Select(line => $"{line}"), said.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^5..]);
        Assert.InRange(said.Length, 21, 20_001);
        Assert.Equal(lines == 10 ? ["exit", "log.txt"] : ["exit", "log.txt", "log.txt.earlier"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Lives_AnotherProcessOfTheSameNumber_IsNotTheRun()
    {
        using var self = Process.GetCurrentProcess();
        var stat = File.ReadAllText($"/proc/{self.Id}/stat");
        var ticks = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]);
        var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        var word = File.ReadAllText($"/proc/{self.Id}/cmdline").Split('\0')[0];

        Assert.True(RunProcess.Lives(new RunProcessId(self.Id, ticks, boot), word));
        Assert.False(RunProcess.Lives(new RunProcessId(self.Id, ticks + 1, boot), word));
        Assert.False(RunProcess.Lives(new RunProcessId(self.Id, ticks, "another boot"), word));
        Assert.False(RunProcess.Lives(new RunProcessId(self.Id, ticks, boot), "20200101-000000-00000000"));
    }

    private sealed class ServiceProcess : IDisposable
    {
        private readonly Process _process;
        private readonly GrpcChannel _channel;

        private ServiceProcess(Process process, int port)
        {
            (_process, _channel) = (process, GrpcChannel.ForAddress($"http://127.0.0.1:{port}"));
            Client = new TrainingRuns.TrainingRunsClient(_channel);
        }

        public TrainingRuns.TrainingRunsClient Client { get; }

        public static async Task<ServiceProcess> StartAsync(RunsFixture fixture, string folder)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
            start.ArgumentList.Add(typeof(TrainingCommandLine).Assembly.Location);
            start.ArgumentList.Add("serve");
            start.ArgumentList.Add("--urls");
            start.ArgumentList.Add($"http://127.0.0.1:{port}");
            foreach (var setting in ServedRuns.Settings(fixture, folder))
            {
                var (name, value) = (setting[2..setting.IndexOf('=')], setting[(setting.IndexOf('=') + 1)..]);
                start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
            }

            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var service = new ServiceProcess(process, port);
            await RunsFixture.UntilAsync(async () =>
            {
                try
                {
                    await service.Client.ListAsync(new ListRequest(), cancellationToken: Token);
                    return process.HasExited ? "it ended" : "up";
                }
                catch (RpcException failure)
                {
                    return failure.Message;
                }
            }, state => state == "up");
            return service;
        }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            _channel.Dispose();
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }
}
