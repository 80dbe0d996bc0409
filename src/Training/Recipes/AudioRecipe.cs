using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.Training.Networks;
using Emotion.Training.Splits;

namespace Emotion.Training.Recipes;

/// <summary>The speech network: MFCC of a window to a posterior.</summary>
public sealed record AudioRecipe
{
    public required string Network { get; init; }
    public required string Stem { get; init; }
    public required double Dropout { get; init; }

    /// <summary>What the network sees of the coefficients; without it they are the picture themselves.</summary>
    public SpeechInputSpec? Input { get; init; }
    /// <summary>An auxiliary loss when training; see <see cref="SpeechNetwork.Teacher"/>.</summary>
    public TeacherSpec? Teacher { get; init; }

    /// <summary>Speech of other corpora beside the training part; for ablations.</summary>
    public AuxiliarySpeechSpec? Auxiliary { get; init; }

    /// <summary>The version of an audio package whose network the training starts from, under <c>--packages</c>; null to start from nothing.</summary>
    public string? Init { get; init; }

    /// <summary>A corpus of one's own takes RAVDESS's place; then <see cref="Split"/> says which actors the start has heard.</summary>
    public OwnSpeechSpec? Own { get; init; }

    public required SpeechSplitSpec Split { get; init; }
    public required TrainingSpec Training { get; init; }
    public required SpeechAugmentationSpec Augmentation { get; init; }

    /// <summary>Its mean and deviation are empty here: the training measures them on its own part.</summary>
    public required MfccSpec Mfcc { get; init; }

    /// <summary>A second branch beside the network, where the package has one; its own training, after that of the network.</summary>
    public SecondBranchRecipe? SecondBranch { get; init; }

    /// <summary>What the package takes for speech; without it, whatever is loud enough.</summary>
    public VoiceActivitySpec? VoiceActivity { get; init; }
}

/// <summary>The coefficients turned back into a smoothed log-mel picture, by a fixed first layer of the network.</summary>
public sealed record SpeechInputSpec
{
    /// <summary>Columns of the picture: mel bands, evenly spaced.</summary>
    public required int Bands { get; init; }

    /// <summary>A second channel holds the picture less its mean over time, which takes out the voice's and the microphone's colour.</summary>
    public required bool Centred { get; init; }
}

/// <param name="Windows">How clips are cut, as the release that the network is for cuts them.</param>
public sealed record OwnSpeechSpec(ClipWindowSpec Windows);

/// <param name="Corpora"><c>tess</c>, <c>urdu</c>.</param>
/// <param name="PerCorpus">At most so many recordings of each.</param>
public sealed record AuxiliarySpeechSpec(IReadOnlyList<string> Corpora, int PerCorpus);

/// <param name="Weight">Of the mean squared error of what the teacher says, standardised, beside the cross entropy.</param>
/// <param name="Dimension">Numbers that the teacher says of a recording.</param>
public sealed record TeacherSpec(double Weight, int Dimension);

/// <summary>Changes of a recording that leave its label; each drawn anew per recording and epoch.</summary>
public sealed record SpeechAugmentationSpec
{
    /// <summary>Loudness changes by up to so many decibels either way.</summary>
    public required double GainDecibels { get; init; }

    /// <summary>White noise is added with this probability, at a level drawn between the two, relative to full scale.</summary>
    public required double NoiseProbability { get; init; }
    public required double NoiseLowDecibels { get; init; }
    public required double NoiseHighDecibels { get; init; }

    /// <summary>Speed and pitch together change by the factor e^u, u uniform in [-speed, speed].</summary>
    public required double Speed { get; init; }

    /// <summary>Tempo alone changes by e^u, u uniform in [-tempo, tempo]: analysis frames are interpolated.</summary>
    public double Tempo { get; init; }

    /// <summary>With this probability the recording goes through a telephone: 300 to 3,400 Hz, mu-law of 8 bits.</summary>
    public double TelephoneProbability { get; init; }

    /// <summary>The features move by up to so many analysis frames.</summary>
    public required int ShiftFrames { get; init; }

    /// <summary>SpecAugment (Park et al. 2019): so many bands of up to so many frames, and of coefficients, become their mean.</summary>
    public required int TimeMasks { get; init; }
    public required int TimeMaskFrames { get; init; }
    public required int CoefficientMasks { get; init; }
    public required int CoefficientMaskWidth { get; init; }

    /// <summary>Bands of the log-mel picture that become their mean; only with <see cref="AudioRecipe.Input"/>.</summary>
    public int BandMasks { get; init; }
    public int BandMaskWidth { get; init; }
}
