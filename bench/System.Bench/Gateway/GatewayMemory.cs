using System.Globalization;
using System.Text.Json;

namespace Emotion.SystemBench.Gateway;

/// <summary>Resident memory of the gateway's process, in MB of 1,048,576 bytes, told by the kernel. Linux only.</summary>
internal sealed class GatewayMemory
{
    private readonly int _processId;

    /// <param name="state">AppHost's state file, which names the process.</param>
    public GatewayMemory(FileInfo state)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(state.FullName));
        _processId = document.RootElement.GetProperty("resources").EnumerateArray()
            .First(resource => resource.GetProperty("name").GetString() == "gateway").GetProperty("processId").GetInt32();
    }

    public double Now => Read("VmRSS:");

    /// <summary>The most since <see cref="ForgetPeak"/>.</summary>
    public double Peak => Read("VmHWM:");

    public void ForgetPeak() => File.WriteAllText($"/proc/{_processId}/clear_refs", "5");

    private double Read(string name) => double.Parse(
        File.ReadLines($"/proc/{_processId}/status").First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
