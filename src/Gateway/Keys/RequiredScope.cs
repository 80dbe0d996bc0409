using Emotion.Gateway.Jobs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Keys;

/// <summary>What an endpoint asks of a key.</summary>
public sealed record RequiredScope(KeyScope Scope);

/// <summary>Every endpoint of <c>/v1</c> says what it asks for; a test looks for those that do not.</summary>
internal static class RequiredScopes
{
    private static readonly int[] Refusals = [StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests];

    private static readonly Dictionary<KeyScope, AuthorizationPolicy> Policies = KeyScopes.All.ToDictionary(scope => scope, scope =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().RequireAssertion(context => Caller.TryOf(context.User)?.Has(scope) == true).Build());

    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoint, KeyScope scope) where TBuilder : IEndpointConventionBuilder => endpoint
        .RequireAuthorization(Policies[scope])
        .WithMetadata(new RequiredScope(scope))
        .WithMetadata([.. Refusals.Select(status => new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]))]);

    /// <summary>As <see cref="RequireScope"/>, for addresses with an <c>{id}</c> of an analysis: somebody else's is none.</summary>
    public static TBuilder RequireOwnAnalysis<TBuilder>(this TBuilder endpoint, KeyScope scope) where TBuilder : IEndpointConventionBuilder => endpoint
        .RequireScope(scope)
        .AddEndpointFilter<TBuilder, OwnAnalysis>()
        .WithMetadata(OwnAnalysis.Marker);

    /// <summary>Before anything else is asked of the analysis; whose it is never changes.</summary>
    internal sealed class OwnAnalysis(JobStore store) : IEndpointFilter
    {
        public static readonly object Marker = new();

        public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
        {
            var http = context.HttpContext;
            var only = Caller.Of(http.User).OnlyOf;
            if (only is not null && await store.OwnerOfAsync((string)http.GetRouteValue("id")!, http.RequestAborted) != only)
            {
                throw new RefusedException(Refusal.UnknownAnalysis);
            }

            return await next(context);
        }
    }
}
