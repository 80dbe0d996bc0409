# build/images.sh: what `dotnet publish src/Gateway` writes, on the runtime, with the ffmpeg that reads media.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
USER 1654:1654
ENTRYPOINT ["dotnet", "/app/Emotion.Gateway.dll"]
