using System.Globalization;

namespace Emotion.ScaleBench.Measuring;

/// <summary>
/// Lets a process, and what it starts from now on, use so much of a core and no more, as a container with a CPU limit: a control group of its own,
/// version 1 or 2. Disposing it puts the process back.
/// </summary>
internal sealed class CpuQuota : IAsyncDisposable
{
    private const string Root = "/sys/fs/cgroup";
    private const int PeriodMicroseconds = 100_000, Attempts = 10;

    private static readonly string Base = Directory.Exists($"{Root}/cpu") ? $"{Root}/cpu" : Root;

    private readonly string _group;

    /// <exception cref="InvalidOperationException">This user may make no group here.</exception>
    public CpuQuota(int processId, double cores)
    {
        _group = $"{Base}/emotion-bench-{processId}";
        var quota = ((int)(cores * PeriodMicroseconds)).ToString(CultureInfo.InvariantCulture);
        try
        {
            Directory.CreateDirectory(_group);
            if (File.Exists($"{_group}/cpu.max"))
            {
                File.WriteAllText($"{_group}/cpu.max", $"{quota} {PeriodMicroseconds}");
            }
            else
            {
                File.WriteAllText($"{_group}/cpu.cfs_period_us", PeriodMicroseconds.ToString(CultureInfo.InvariantCulture));
                File.WriteAllText($"{_group}/cpu.cfs_quota_us", quota);
            }

            File.WriteAllText($"{_group}/cgroup.procs", processId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"No control group can be made in {Base}: run this as root, where the kernel lets root set CPU limits. {failure.Message}", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            // Everything that is in it, ffmpeg too, also what was started meanwhile: a group that holds a process cannot go.
            foreach (var process in await File.ReadAllLinesAsync($"{_group}/cgroup.procs"))
            {
                Move(process);
            }

            try
            {
                Directory.Delete(_group);
                return;
            }
            catch (IOException failure) when (attempt < Attempts)
            {
                Measurements.Say($"{_group} is still in use: {failure.Message}");
                await Task.Delay(attempt * 100);
            }
        }
    }

    private static void Move(string process)
    {
        try
        {
            File.WriteAllText($"{Base}/cgroup.procs", process);
        }
        catch (IOException)
        {
            // It has ended.
        }
    }
}
