using System.Reflection;
using Aspire.Dashboard.Login;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Dashboard;

/// <summary>The page's files, which are in the assembly.</summary>
internal static class PageEndpoints
{
    private static readonly Dictionary<string, string> Types = new()
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".svg"] = "image/svg+xml",
    };

    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/login", (string? t, DashboardLogin login, HttpResponse response) => login.LogIn(t, response)
            ? Results.Redirect("/")
            : Results.Text("This token is not that of this run: open the address that AppHost printed when it started.\n", statusCode: StatusCodes.Status401Unauthorized));
        var assembly = typeof(PageEndpoints).Assembly;
        foreach (var file in assembly.GetManifestResourceNames())
        {
            if (Types.TryGetValue(Path.GetExtension(file), out var type))
                routes.MapGet(file == "index.html" ? "/" : $"/{file}", () => Results.Stream(Open(assembly, file), type));
        }
    }

    private static Stream Open(Assembly assembly, string file) => assembly.GetManifestResourceStream(file)!;
}
