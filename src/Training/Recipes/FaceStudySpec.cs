using System.Text.Json.Nodes;
using Emotion.Training.Studies;

namespace Emotion.Training.Recipes;

/// <summary>Face networks that are compared: every cell the same recipe, data and number of epochs, and one change.</summary>
/// <param name="Recipe">The shipped recipe that all start from.</param>
/// <param name="Patch">What all of them change there, as a JSON merge patch (RFC 7396): the budget.</param>
/// <param name="Cells">In the order in which they are trained.</param>
public sealed record FaceStudySpec(string Recipe, JsonObject Patch, IReadOnlyList<FaceStudyCell> Cells)
{
    public VideoRecipe RecipeOf(FaceStudyCell cell)
    {
        var recipe = RecipeFile.ToJson(RecipeFile.Read<VideoRecipe>(Recipe));
        return RecipeFile.FromJson<VideoRecipe>((JsonObject)MergePatch.Apply(MergePatch.Apply(recipe, Patch), cell.Patch)!);
    }
}

/// <param name="Name">Of the cell, and of its folder.</param>
/// <param name="What">For the reader of the table.</param>
/// <param name="Patch">What it changes beyond the study's patch.</param>
public sealed record FaceStudyCell(string Name, string What, JsonObject Patch);
