namespace NWaves.Utils;

/// <summary>Conversions between hertz and the two mel scales.</summary>
public static class Scale
{
    // Slaney's Auditory Toolbox: linear below 1 kHz (200/3 Hz a mel), logarithmic above (27 steps for a factor of 6.4).
    private const double HertzPerLinearMel = 200.0 / 3;
    private const double BreakHertz = 1000;
    private const double BreakMel = BreakHertz / HertzPerLinearMel;
    private static readonly double LogStep = Math.Log(6.4) / 27;

    /// <summary>O'Shaughnessy's scale as HTK has it, <c>1127 ln(1 + f / 700)</c>.</summary>
    public static double HerzToMel(double herz) => 1127 * Math.Log(1 + herz / 700);

    public static double MelToHerz(double mel) => 700 * (Math.Exp(mel / 1127) - 1);

    public static double HerzToMelSlaney(double herz) =>
        herz < BreakHertz ? herz / HertzPerLinearMel : BreakMel + Math.Log(herz / BreakHertz) / LogStep;

    public static double MelToHerzSlaney(double mel) =>
        mel < BreakMel ? mel * HertzPerLinearMel : BreakHertz * Math.Exp(LogStep * (mel - BreakMel));
}
