# build/images.sh: what `dotnet publish src/Gateway` writes, on the runtime, with the ffmpeg that reads media.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
# A new volume takes its owner from here.
RUN install -d -o 1654 -g 1654 -m 0700 /var/lib/emotion
WORKDIR /app
COPY . .
USER 1654:1654
ENTRYPOINT ["dotnet", "/app/Emotion.Gateway.dll"]
