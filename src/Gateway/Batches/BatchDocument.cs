using Emotion.Gateway.Api;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Emotion.Gateway.Batches;

/// <summary>What /openapi/v1.json says of the body of a batch, which is read as a stream.</summary>
internal static class BatchDocument
{
    public static Task DescribeUpload(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        ApiDocument.DescribeKey(operation, "the same key with the same clips and options is answered with the same batch.");
        var file = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        var properties = ApiDocument.Fields();
        properties["clip"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = file, Description = "The clips, a part each, each with its file's name." };
        properties["zip"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "A zip of clips." };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["multipart/form-data"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = properties } },
                ["application/zip"] = new() { Schema = file },
            },
        };
        return Task.CompletedTask;
    }
}
