using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace Emotion.ModelRegistry.Blobs;

/// <summary>From options to a container's client: by connection string, by an address that carries a SAS, or as who this process runs as.</summary>
public static class BlobAccess
{
    /// <param name="transport">Null: the client's own.</param>
    /// <exception cref="ArgumentException">The connection string is none.</exception>
    public static BlobContainerClient Open(ModelRegistryOptions options, HttpPipelineTransport? transport)
    {
        var client = new BlobClientOptions();
        client.Retry.MaxRetries = options.MaxRetries;
        client.Retry.NetworkTimeout = options.NetworkTimeout;
        client.Retry.Mode = RetryMode.Exponential;
        client.Diagnostics.IsLoggingContentEnabled = false;
        if (transport is not null)
        {
            client.Transport = transport;
        }

        if (options.ServiceUri is not { } address)
        {
            return OpenByConnectionString(options, client);
        }

        var service = address.Query.Length > 0
            ? new BlobServiceClient(address, client)
            : new BlobServiceClient(address, new DefaultAzureCredential(), client);
        return service.GetBlobContainerClient(options.Container);
    }

    private static BlobContainerClient OpenByConnectionString(ModelRegistryOptions options, BlobClientOptions client)
    {
        try
        {
            return new BlobContainerClient(options.ConnectionString, options.Container, client);
        }
        catch (FormatException unreadable)
        {
            // Without the string itself: it holds the account's key.
            throw new ArgumentException(
                $"The connection string of blobs is neither a connection string nor https://ACCOUNT.blob.core.windows.net: {unreadable.Message}", unreadable);
        }
    }
}
