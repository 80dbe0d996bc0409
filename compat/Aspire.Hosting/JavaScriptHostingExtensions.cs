using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.JavaScript;

namespace Aspire.Hosting.JavaScript
{
    /// <summary>A program that Node.js or the like runs.</summary>
    public class JavaScriptAppResource(string name, string command, string workingDirectory)
        : ExecutableResource(name, command, workingDirectory), IResourceWithServiceDiscovery;

    /// <summary>A script that Node.js runs.</summary>
    public class NodeAppResource(string name, string command, string workingDirectory)
        : JavaScriptAppResource(name, command, workingDirectory);
}

namespace Aspire.Hosting
{
    /// <summary>Adds programs in JavaScript.</summary>
    public static class JavaScriptHostingExtensions
    {
        /// <summary>Runs <c>node <paramref name="scriptPath" /></c>. Nothing is installed at run time.</summary>
        /// <param name="builder">The application.</param>
        /// <param name="name">The resource's name.</param>
        /// <param name="appDirectory">The working directory, relative to the AppHost's folder.</param>
        /// <param name="scriptPath">Relative to <paramref name="appDirectory" />.</param>
        public static IResourceBuilder<NodeAppResource> AddNodeApp(
            this IDistributedApplicationBuilder builder, string name, string appDirectory, string scriptPath) =>
            builder
                .AddResource(new NodeAppResource(name, "node", Path.GetFullPath(appDirectory, builder.AppHostDirectory)))
                .WithArgs(scriptPath);
    }
}
