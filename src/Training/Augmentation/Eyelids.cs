using Emotion.Features.Faces;

namespace Emotion.Training.Augmentation;

/// <summary>
/// Shut eyes, painted: in a box around each eye every column runs evenly from the gray above it to the gray below it. No picture of a blink is at
/// hand; this takes from a face what a blink takes, and says nothing about how lids look.
/// </summary>
internal static class Eyelids
{
    /// <summary>Half of the boxes' sides, of the picture's: from under the brow to the cheek, from temple to nose.</summary>
    private const float HalfWidth = 0.14f, HalfHeight = 0.07f;

    /// <param name="gray">[side, side]; changed.</param>
    /// <param name="template">Of the crop; the eyes come first.</param>
    public static void Paint(Span<byte> gray, int side, IReadOnlyList<FacePoint> template)
    {
        int At(float share) => Math.Clamp((int)MathF.Round(share * side), 1, side - 2);
        foreach (var eye in template.Take(2))
        {
            var (top, bottom) = (At(eye.Y - HalfHeight), At(eye.Y + HalfHeight));
            for (var x = At(eye.X - HalfWidth); x <= At(eye.X + HalfWidth); x++)
            {
                var (above, below) = (gray[(top - 1) * side + x], gray[(bottom + 1) * side + x]);
                for (var y = top; y <= bottom; y++)
                {
                    gray[y * side + x] = (byte)(above + (below - above) * (y - top + 1) / (bottom - top + 2));
                }
            }
        }
    }
}
