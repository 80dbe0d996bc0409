# build/images.sh: what `dotnet publish src/Training` writes. Its shim is linked to Debian 12's libtorch, so this is Debian, with .NET beside it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS runtime
FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg libtorch1.13 libicu72 ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=runtime /usr/share/dotnet /usr/share/dotnet
WORKDIR /app
COPY . .
USER 1654:1654
ENTRYPOINT ["/usr/share/dotnet/dotnet", "/app/Emotion.Training.dll"]
