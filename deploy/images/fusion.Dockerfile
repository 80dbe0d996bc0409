# build/images.sh: what `dotnet publish src/FusionService` writes, on the runtime.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY . .
USER 1654:1654
ENTRYPOINT ["dotnet", "/app/Emotion.FusionService.dll"]
