using Emotion.ScaleBench.Measuring;
using Emotion.Training.Reports;

namespace Emotion.ScaleBench.Reporting;

/// <summary>Throughput against video replicas, to one of them: what was measured as dots with their ranges, what was simulated as a line.</summary>
internal static class ScalePlot
{
    private const int Width = 720, Height = 380, Left = 70, Right = 30, Top = 50, Bottom = 60;

    public static string Draw(ReplicaMeasurements measured, IReadOnlyList<ScaleOut.Step> oneCore, IReadOnlyList<ScaleOut.Step> moreCores)
    {
        var most = moreCores[^1].Replicas;
        var picture = new SvgPicture(Width, Height, "Throughput against video replicas");
        double X(double replicas) => Left + (replicas / most * (Width - Left - Right));
        double Y(double ratio) => Height - Bottom - (ratio / most * (Height - Top - Bottom));
        for (var step = 0; step <= most; step += 4)
        {
            picture.Line(Left, Y(step), Width - Right, Y(step), "grid").Text(Left - 10, Y(step) + 4, $"{step}", "quiet small", "end");
            picture.Text(X(step), Height - Bottom + 18, $"{step}", "quiet small");
        }

        picture.Text((Left + Width - Right) / 2.0, Height - 22, "video replicas", "quiet").TextUpwards(24, (Top + Height - Bottom) / 2.0, "times one replica's segments/s", "quiet");
        picture.Line(X(0), Y(0), X(most), Y(most), "guide", "3 3");
        picture.Path(oneCore.Select(step => (X(step.Replicas), Y(step.Ratio))), "line");
        picture.Path(moreCores.Select(step => (X(step.Replicas), Y(step.Ratio))), "line");
        picture.Text(X(most) - 4, Y(oneCore[^1].Ratio) - 8, "gateway: 1 core", "quiet small", "end").Text(X(most) - 4, Y(moreCores[^1].Ratio) + 18, $"gateways: {ScaleOut.GatewayCores} cores", "quiet small", "end");
        var one = measured.Runs.Where(run => run.Replicas == 1).Average(run => run.PerSecond);
        foreach (var runs in measured.Runs.GroupBy(run => run.Replicas))
        {
            var ratios = runs.Select(run => run.PerSecond / one).ToList();
            picture.Line(X(runs.Key), Y(ratios.Min()), X(runs.Key), Y(ratios.Max()), "line").Dot(X(runs.Key), Y(ratios.Average()), 4);
        }

        picture.Dot(Left + 24, Top + 4, 4).Text(Left + 34, Top + 8, $"measured, {measured.CoresEach} cores each (lowest to highest run)", "quiet small", "start");
        picture.Line(Left + 14, Top + 22, Left + 34, Top + 22, "line").Text(Left + 40, Top + 26, "simulated, a core each", "quiet small", "start");
        picture.Line(Left + 14, Top + 40, Left + 34, Top + 40, "guide", "3 3").Text(Left + 40, Top + 44, "as many times as replicas", "quiet small", "start");
        return picture.ToString();
    }
}
