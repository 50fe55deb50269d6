using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Reproduction;

/// <summary>Results as JSON files that are whole or not there.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Writes a result; an existing file is replaced.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write<T>(string path, T result) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(result, Json));

    /// <summary>Reads a result.</summary>
    /// <exception cref="DataException">The file cannot be read, or is damaged.</exception>
    public static T Read<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) ?? throw new JsonException("it holds nothing.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new DataException($"Result {path} is damaged; delete it to make it again: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read {path}: {error.Message}", error);
        }
    }

    /// <summary>Refuses a result that was made with other options.</summary>
    /// <exception cref="DataException">It was; the message names file and options.</exception>
    public static void RequireOptions(string path, IReadOnlyDictionary<string, string> made, IReadOnlyDictionary<string, string> asked)
    {
        string[] other = [.. made.Keys.Union(asked.Keys).Where(name => made.GetValueOrDefault(name) != asked.GetValueOrDefault(name))];
        if (other.Length > 0)
        {
            throw new DataException(
                $"Result {path} was made with another {string.Join(", ", other)} "
                    + $"({made.GetValueOrDefault(other[0])}, not {asked.GetValueOrDefault(other[0])}). Give this comparison a folder of "
                    + $"its own, or delete it.");
        }
    }
}
