using System.Diagnostics;

namespace Emotion.Training.Tests.Own;

/// <summary>Small corpora of one's own that espeak-ng speaks: people differ by voice, emotions by pitch and speed.</summary>
internal static class Spoken
{
    private static readonly string[] Voices = ["en-us", "en-gb", "en-gb-scotland", "en-us+f2", "en-gb+f3", "en-us+m3"];
    private static readonly string[] Sentences = ["This is wonderful, I am so glad.", "Kids are talking by the door.", "Dogs are sitting by the door."];

    // What was said once is not said again for another corpus.
    private static readonly Dictionary<(string, int, int, string), byte[]> Said = [];

    /// <summary>Two emotions of each: with six people and three sentences 36 clips.</summary>
    public static string Corpus(string folder, int people = 6, int sentences = 3)
    {
        var rows = new List<string> { "clip,emotion,subject" };
        foreach (var voice in Voices[..people])
        {
            Directory.CreateDirectory(Path.Combine(folder, voice));
            foreach (var (emotion, pitch, speed) in new[] { ("happy", 80, 190), ("sad", 20, 120) })
            {
                for (var i = 0; i < sentences; i++)
                {
                    var clip = $"{voice}/{emotion}{i}.wav";
                    Say(voice, pitch, speed, Sentences[i], Path.Combine(folder, clip));
                    rows.Add($"{clip},{emotion},{voice}");
                }
            }
        }

        File.WriteAllLines(Path.Combine(folder, "labels.csv"), rows);
        return folder;
    }

    public static void Say(string voice, int pitch, int speed, string text, string path)
    {
        if (Said.TryGetValue((voice, pitch, speed, text), out var clip))
        {
            File.WriteAllBytes(path, clip);
            return;
        }

        using var process = Process.Start("espeak-ng", ["-v", voice, "-p", $"{pitch}", "-s", $"{speed}", "-w", path, text]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Said[(voice, pitch, speed, text)] = File.ReadAllBytes(path);
    }
}
