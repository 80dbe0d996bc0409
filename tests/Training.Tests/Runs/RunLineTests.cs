using Emotion.Contracts.Training.V1;
using Emotion.Training.Commands;
using RunState = Emotion.Contracts.Training.V1.RunState;

namespace Emotion.Training.Tests.Runs;

public class RunLineTests
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public void Show_InATerminal_WritesOverTheLineAndKeepsEpochs()
    {
        var line = new RunLine(_output, isTerminal: true);

        line.Show(At(0.25, RunState.Running));
        line.Show(At(0.5, RunState.Running, new Epoch { Epoch_ = 1, Loss = 1.5, Seconds = 3, Selection = { ["uar"] = 0.75, ["ece"] = 0.1 } }));
        line.Show(At(1, RunState.Succeeded));

        Assert.Equal(
            "r running audio (audio) epoch 1/2 [#####               ] 25 % loss 1.250, 10 examples/s, 2 min left"
            + "\r\u001b[2Kepoch 1/2: loss 1.5000, uar 0.7500 in 3 s\n"
            + "r running audio (audio) epoch 1/2 [##########          ] 50 % loss 1.250, 10 examples/s, 2 min left"
            + "\r\u001b[2Kr succeeded audio (audio) epoch 1/2\n", _output.ToString());
    }

    [Fact]
    public void Show_InAFile_WritesALineForEachStateAndNoMore()
    {
        var line = new RunLine(_output, isTerminal: false);

        line.Show(At(0.25, RunState.Running));
        line.Show(At(0.3, RunState.Running));
        line.Show(At(0.3, RunState.Failed, error: "exit status 2: no such thing"));

        Assert.Equal(
            "r running audio (audio) epoch 1/2 [#####               ] 25 % loss 1.250, 10 examples/s, 2 min left\n"
            + "r failed audio (audio) epoch 1/2\nexit status 2: no such thing\n", _output.ToString());
    }

    private static Run At(double fraction, RunState state, Epoch? epoch = null, string error = "")
    {
        var run = new Run
        {
            Id = "r", Network = "audio", Recipe = "audio", State = state, Error = error,
            Progress = new Progress { Stage = state == RunState.Running ? "training" : "done", Epoch = 1, Epochs = 2, Fraction = fraction, ExamplesPerSecond = 10, Loss = 1.25, SecondsLeft = 120 },
        };
        if (epoch is not null)
        {
            run.Epochs.Add(epoch);
        }

        return run;
    }
}
