using System.Buffers.Binary;
using System.Diagnostics;
using OpenTelemetry;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Sends a share of the traces, the same ones from every process, and every span that failed, whatever its trace (<c>Telemetry:TraceShare</c>). Spans are made
/// all the same: whether one fails is known at its end.
/// </summary>
internal sealed class ShareOfTraces(double share) : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.Status != ActivityStatusCode.Error && !IsAmongThem(data.TraceId))
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded; // Exporters take what is recorded.
    }

    /// <summary>By the last 7 bytes, which are random, as OpenTelemetry's own sampling by probability has it.</summary>
    private bool IsAmongThem(ActivityTraceId trace)
    {
        Span<byte> bytes = stackalloc byte[16];
        trace.CopyTo(bytes);
        return share >= 1 || (BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) & 0x00FF_FFFF_FFFF_FFFF) < share * 0x0100_0000_0000_0000;
    }
}
