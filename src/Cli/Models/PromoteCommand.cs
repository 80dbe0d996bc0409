using System.CommandLine;
using System.Globalization;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Cli.Models;

/// <summary><c>models promote RELEASE</c>, past the gate.</summary>
internal static class PromoteCommand
{
    public static Command Create()
    {
        var release = new Argument<string>("RELEASE") { Description = "A published release." };
        var channel = new Option<string>("--channel") { Description = "stable, canary, shadow, or another.", DefaultValueFactory = _ => ChannelManifest.Stable };
        var share = new Option<double?>("--share") { Description = "Per cent of the requests, 0 to 100, such as 2.5: of canary those that it answers, of shadow those that are copied to it; needed for every channel but stable, which has 100." };
        var margin = new Option<double?>("--margin") { Description = "Points that a headline metric may fall by; Models__MaximumDrop otherwise (0.01, which is 1 point)." };
        var force = new Option<bool>("--force") { Description = "Overrule what speaks against it; the history keeps who, why and what." };
        var past = new Option<long>("--past-generation") { Description = "The generation that services say they have seen, where the channel was lost or restored from a backup; up to 1000000 above the highest that is known here." };
        var (who, why, json) = (ModelsCommand.Who, ModelsCommand.Why(), ModelsCommand.Json());
        var command = new Command(
            "promote",
            "Points a channel at a release. Refused where a headline metric falls too far or cannot be compared, where Models__RequireCommercialUse is true and a licence forbids it, and where fusion was trained on other versions.")
        {
            release, channel, share, why, who, margin, force, past, json,
        };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            if (parsed.GetValue(margin) is { } points)
            {
                services.GetRequiredService<IOptions<ModelPolicyOptions>>().Value.MaximumDrop = points is >= 0 and <= 100
                    ? points / 100
                    : throw new ArgumentException($"--margin {points} is none: 0 to 100 points.");
            }

            var name = parsed.GetValue(channel)!;
            var percent = parsed.GetValue(share)
                ?? (name == ChannelManifest.Stable ? 100 : throw new ArgumentException($"--share is needed for channel '{name}': per cent of the requests that it is meant to get, 0 to 100."));
            var request = new PromotionRequest(
                parsed.GetValue(release)!, name, percent / 100, parsed.GetValue(who)!, parsed.GetValue(why)!)
            {
                Force = parsed.GetValue(force),
                PastGeneration = parsed.GetValue(past),
            };
            var outcome = await services.GetRequiredService<ReleasePromoter>().PromoteAsync(request, cancellationToken);
            Write(request.Channel, outcome, parsed.GetValue(json));
            return ExitCode.Done;
        }));
        return command;
    }

    private static void Write(string channel, PromotionOutcome outcome, bool json)
    {
        if (json)
        {
            RegistryAction.WriteJson(outcome.Channel);
            return;
        }

        foreach (var objection in outcome.Overruled)
        {
            Console.WriteLine($"Overruled: {objection.Message}");
        }

        Console.WriteLine(Said(channel, outcome.Channel));
    }

    public static string Said(string channel, ChannelManifest now) => string.Create(
        CultureInfo.InvariantCulture, $"{channel} is {now.Release}, share {now.Share:0.##%}, generation {now.Generation}");
}
