using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Features.Words;
using Emotion.Inference;
using Emotion.Inference.Hosting;
using Emotion.Inference.Text;
using Emotion.Serving;
using Grpc.Core;
using Microsoft.Extensions.Options;
using AbstentionReason = Emotion.Contracts.Common.V1.Abstention.Types.Reason;
using Reading = Emotion.Inference.Text.TextReading;
using TextReading = Emotion.Contracts.Text.V1.TextReading;

namespace Emotion.TextService;

/// <summary>The wire of <see cref="Inference.Text.TextClassifier"/>: see text.proto. What it refuses, it refuses without quoting it.</summary>
public sealed class TextClassifierService(ModelHost<TextModel> models, CallLimits limits, IOptions<TextServiceOptions> options)
    : Contracts.Text.V1.TextClassifier.TextClassifierBase
{
    public override async Task<ClassifyTextResponse> Classify(ClassifyTextRequest request, ServerCallContext context)
    {
        Check(request.Texts);
        await using var lease = models.Acquire(request.Release);
        var classifier = lease.Model.Classifier
            ?? throw new NotOfThisModelException($"The text model {lease.Version} only writes down what is said: it tells no emotion by it.");
        using var place = await limits.Classify.EnterAsync(context.CancellationToken);
        var readings = classifier.Classify([.. request.Texts.Select(text => WordReader.HasWord(text) ? text : "")], context.CancellationToken);

        var version = lease.VersionOnWire();
        var covered = lease.Model.Package.Manifest.CoveredLabels;
        return new ClassifyTextResponse
        {
            Readings = { readings.Select(reading => reading is null ? Wordless() : ToWire(reading, classifier.Spec.Thresholds, covered, version)) },
            Model = version,
            Release = lease.Release,
        };
    }

    /// <exception cref="InvalidInputException">None, too many, or one that is too long.</exception>
    private void Check(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0 || texts.Count > options.Value.MaximumTexts)
        {
            throw new InvalidInputException($"The call has {texts.Count} texts; it may have 1 to {options.Value.MaximumTexts}.");
        }

        for (var i = 0; i < texts.Count; i++)
        {
            if (texts[i].Length > options.Value.MaximumCharacters)
            {
                throw new InvalidInputException($"Text {i} has {texts[i].Length} characters; it may have {options.Value.MaximumCharacters}.");
            }
        }
    }

    private static TextReading ToWire(Reading reading, IReadOnlyList<double> thresholds, IReadOnlyList<string> covered, ModelVersion version) => new()
    {
        Posterior = ModelWire.ToPosterior(reading.Posterior, covered),
        FeatureMap = ModelWire.ToFeatureMap(reading.Embedding, version),
        Labels = { Features.EmotionLabels.Names.Where((_, label) => reading.Each[label] >= thresholds[label]) },
    };

    private static TextReading Wordless() => new()
    {
        Abstention = new() { Reason = AbstentionReason.NoWords, Detail = "The text has no word: no letter and no digit." },
    };
}
