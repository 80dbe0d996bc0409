namespace Emotion.Gateway.Keys;

/// <summary>What the answers to a key are for. Some of it the law forbids: docs/responsible-use.md.</summary>
public sealed record IntendedUse
{
    public const int LongestText = 500;

    /// <summary>Where people are looked at.</summary>
    public required UseArea Area { get; init; }

    /// <summary>What is done with the answers, in a sentence or two; 500 characters at most.</summary>
    public required string Description { get; init; }

    /// <summary>Why it is allowed where it is forbidden otherwise; null where it needs no such ground.</summary>
    public UseGround? Ground { get; init; }

    /// <exception cref="RefusedException">It says nothing, or is prohibited.</exception>
    public void Require()
    {
        RequireText(Description, "intendedUse.description");
        if (Ground is { } ground)
        {
            RequireText(ground.Reason, "intendedUse.ground.reason");
        }
        else if (Area is UseArea.Workplace or UseArea.Education)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status422UnprocessableEntity,
                "prohibited-use",
                "Inferring emotions of people at work or in education is prohibited in the European Union but for medical or safety reasons "
                + "(Regulation 2024/1689, Article 5(1)(f)). Where there is one, record it as intendedUse.ground."));
        }
    }

    internal static void RequireText(string? text, string name)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText || text.Any(char.IsControl))
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status400BadRequest, "bad-request", $"{name} must be one line of 1 to {LongestText} characters."));
        }
    }
}

/// <summary>Where people are looked at.</summary>
public enum UseArea
{
    /// <summary>Studies of which the people in the clips know.</summary>
    Research,

    /// <summary>Building and trying software on clips made for it.</summary>
    Development,

    /// <summary>No clips at all: keys, audit.</summary>
    Administration,

    /// <summary>Care and therapy.</summary>
    Health,

    /// <summary>Preventing harm.</summary>
    Safety,

    /// <summary>Helping people to understand or to be understood.</summary>
    Accessibility,

    /// <summary>Films, games, art.</summary>
    Media,

    /// <summary>Talks with customers, about what is offered to them.</summary>
    CustomerService,

    /// <summary>People at work, and who wants to work: prohibited unless there is a ground.</summary>
    Workplace,

    /// <summary>Schools, training, examinations: prohibited unless there is a ground.</summary>
    Education,

    /// <summary>What the description says.</summary>
    Other,
}

/// <summary>A reason for which the prohibition does not hold.</summary>
public sealed record UseGround
{
    /// <summary>Medical or safety: there are no others.</summary>
    public required GroundKind Kind { get; init; }

    /// <summary>What exactly, and who has looked into it; 500 characters at most.</summary>
    public required string Reason { get; init; }
}

/// <summary>The grounds of Article 5(1)(f).</summary>
public enum GroundKind
{
    Medical,
    Safety,
}
