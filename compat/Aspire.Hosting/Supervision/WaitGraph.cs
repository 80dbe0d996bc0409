using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>Who waits for whom.</summary>
internal static class WaitGraph
{
    /// <summary>For each resource those that wait for it, or for a part of it.</summary>
    /// <exception cref="DistributedApplicationException">Resources wait for each other in a circle.</exception>
    public static Dictionary<IResource, List<IResource>> Dependants(IReadOnlyCollection<IResource> resources)
    {
        var dependants = resources.ToDictionary(resource => resource, _ => new List<IResource>());
        foreach (var resource in resources)
        {
            foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
            {
                if (dependants.TryGetValue(Root(wait.Resource), out var list))
                    list.Add(resource);
            }
        }

        RefuseCircles(dependants);
        return dependants;
    }

    /// <summary>The resource that has the process: blobs are a part of their storage.</summary>
    public static IResource Root(IResource resource)
    {
        while (resource is IResourceWithParent { Parent: var parent })
            resource = parent;
        return resource;
    }

    private static void RefuseCircles(Dictionary<IResource, List<IResource>> dependants)
    {
        var waitingFor = dependants.Keys.ToDictionary(resource => resource, _ => 0);
        foreach (var dependant in dependants.Values.SelectMany(list => list))
            waitingFor[dependant]++;

        var free = new Queue<IResource>(waitingFor.Where(each => each.Value == 0).Select(each => each.Key));
        while (free.TryDequeue(out var resource))
        {
            waitingFor.Remove(resource);
            foreach (var dependant in dependants[resource])
            {
                if (--waitingFor[dependant] == 0)
                    free.Enqueue(dependant);
            }
        }

        if (waitingFor.Count > 0)
            throw new DistributedApplicationException(
                $"These resources wait for each other and would never start: {string.Join(", ", waitingFor.Keys.Select(resource => resource.Name))}.");
    }
}
