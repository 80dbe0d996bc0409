using Emotion.Inference.Golden;
using Emotion.Inference.Text;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;

namespace Emotion.Training.Commands;

/// <summary>
/// What a package has to pass before this command uploads it: what <c>models publish</c> asks, and where its corpora are here, that its
/// manifest's figures come out again.
/// </summary>
internal sealed class PublishTrial(Func<DataRoot> data, string packages, string evaluate, Action<string> report)
{
    public const string WhereCorpus = "where-corpus", Always = "always", Never = "never";

    /// <exception cref="PackageIntegrityException">A figure does not come out again.</exception>
    /// <exception cref="CorpusMissingException">It must be evaluated, and a corpus is not here.</exception>
    public async Task RunAsync(ModelPackage package, CancellationToken cancellationToken)
    {
        await ServingTrial.RunAsync(package, cancellationToken);
        report($"{package.Name}/{package.Version}: golden example and parity hold");
        if (evaluate == Never)
        {
            report($"{package.Name}/{package.Version}: not evaluated, as it was said");
            return;
        }

        if (package.Name == TextModel.ModelName && package.Manifest.Graphs.All(graph => graph.Role != TextModel.ClassifierRole))
        {
            report($"{package.Name}/{package.Version}: not evaluated: it only writes down what is said, and its manifest has no figures of a corpus");
            return;
        }

        try
        {
            if (await PackageFigures.VerifyAsync(data(), package, packages, report, cancellationToken) != 0)
            {
                throw new PackageIntegrityException(
                    $"{package.Name}/{package.Version}: figures of its manifest do not come out again (above). Export it anew; nothing was uploaded.");
            }
        }
        catch (CorpusMissingException missing) when (evaluate == WhereCorpus)
        {
            report($"{package.Name}/{package.Version}: not evaluated: {missing.Message}");
        }
    }
}
