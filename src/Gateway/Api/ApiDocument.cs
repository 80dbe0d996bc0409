using System.Text.Json.Nodes;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Emotion.Gateway.Api;

/// <summary>What /openapi/v1.json says beyond what the endpoints' types and comments tell by themselves.</summary>
public static class ApiDocument
{
    private const string Bearer = "bearer", ApiKeyHeader = "apiKey";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Emotion",
                Version = "v1",
                Description = "A clip of somebody talking in, a calibrated distribution over eight expressed emotions out.",
            };
            document.Servers = []; // The address that somebody fetched this from says nothing about where others reach it.
            (document.Components ??= new OpenApiComponents()).SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key, emo_..." },
                [ApiKeyHeader] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = KeyAuthentication.Header, Description = "The same, for who cannot set Authorization.",
                },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RequiredScope>().LastOrDefault() is { } required)
            {
                operation.Security = [.. new[] { Bearer, ApiKeyHeader }.Select(scheme =>
                    new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
                operation.Description = $"{operation.Description} Needs the scope {required.Scope.Word()}.".Trim();
            }

            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(ProblemDetails))
            {
                DescribeProblem(schema);
            }

            return Task.CompletedTask;
        });
    });

    private static void DescribeProblem(OpenApiSchema schema)
    {
        void Add(string name, string description) => (schema.Properties ??= new Dictionary<string, IOpenApiSchema>())[name] =
            new OpenApiSchema { Type = JsonSchemaType.String, Description = description };

        schema.Description = "Why there is no answer, and what to do.";
        Add("reason", "One word for programs, for example too-long.");
        Add("traceId", "W3C trace id of what was done.");
        Add("id", "The analysis that ended so; absent when it is the request that was refused.");
    }

    /// <summary>What a form may ask for, as the query may.</summary>
    internal static Dictionary<string, IOpenApiSchema> Fields() => new()
    {
        ["release"] = Text("The release that must answer."),
        ["language"] = Text("What is spoken, as a BCP 47 tag such as en-GB."),
        ["includeTranscript"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "The answer is to have the words." },
        ["callback"] = Text("An address that is told the outcome by a signed POST."),
        ["modalities"] = Text("Which of audio, video and text are looked at, with commas between them."),
        ["windows"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether the answer has windows." },
        ["faces"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "How many faces the answer has at most." },
        ["overlay"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether the answer is drawn on the clip, too." },
        ["boxes"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether the answer says where faces are." },
    };

    internal static void DescribeKey(OpenApiOperation operation, string promise) => (operation.Parameters ??= []).Add(new OpenApiParameter
    {
        Name = IdempotencyKey.Header,
        In = ParameterLocation.Header,
        Description = "Names this request, so that it can be sent again: " + promise,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = IdempotencyKey.LongestKey },
    });

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };

    /// <summary>The query takes a word; the framework would take an enum's C# name.</summary>
    public static Task DescribeStates(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var status = (OpenApiParameter)operation.Parameters!.Single(parameter => parameter.Name == "status");
        status.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. KeptAnalysesApi.States.Keys.Select(word => JsonValue.Create(word))] };
        return Task.CompletedTask;
    }

    /// <summary>The body is read as a stream, so no parameter of the endpoint tells its form.</summary>
    public static Task DescribeUpload(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var clip = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Format = "binary",
            Description = "mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg or flac, told by its bytes.",
        };
        DescribeKey(operation, "the same key with the same clip and options is answered with the same analysis.");
        var properties = Fields();
        properties["clip"] = clip;
        properties[TranscriptPart.Name] = Text("The clip's words, as plain text, SubRip or WebVTT in UTF-8.");
        operation.RequestBody = new OpenApiRequestBody
        {
            Description = "The clip and what is asked of it; with upload, a form of fields alone, or nothing.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["multipart/form-data"] = new()
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Required = new HashSet<string> { "clip" },
                        Properties = properties,
                    },
                },
                ["application/octet-stream"] = new() { Schema = clip },
            },
        };
        return Task.CompletedTask;
    }
}
