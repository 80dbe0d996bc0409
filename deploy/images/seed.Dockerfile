# build/images.sh: what `dotnet publish src/Cli` writes, with models/ beside it, which it publishes into an empty registry.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY . .
USER 1654:1654
ENTRYPOINT ["dotnet", "/app/Emotion.Cli.dll"]
