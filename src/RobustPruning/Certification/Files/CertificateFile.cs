using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Models;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>Certificates as JSON files: see <see cref="CertificateDocument"/>.</summary>
internal static class CertificateFile
{
    public const string Format = "robustpruning-certificate";
    public const int Version = 1;
    private const long LongestFile = 1 << 30;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new ExactDecimal.Converter(), new PropagatorConverter(),
            new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Writes a certificate: to a temporary file first, then moved into place.</summary>
    public static void Save(Certificate certificate, string path)
    {
        var content = CertificateContents.Of(certificate);
        var document = new CertificateDocument(Format, Version, DigestOf(content), content);
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(document, Json));
    }

    /// <summary>Reads a certificate.</summary>
    public static Certificate Load(string path, SemanticSet? set)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile)
                throw new CertificateException("it is longer than a certificate can be.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            RequireFormat(document.RootElement);
            var read = document.Deserialize<CertificateDocument>(Json)!;
            if (DigestOf(read.Content) != read.Digest)
                throw new CertificateException("its content is not what was written: the digest differs.");
            return CertificateContents.Restore(read.Content, set);
        }
        catch (CertificateException error)
        {
            throw new CertificateException($"Certificate file '{path}': {error.Message}", error) { Name = path };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"Certificate file '{path}': it cannot be read.", error) { Name = path };
        }
        catch (JsonException error)
        {
            throw new CertificateException($"Certificate file '{path}': it is truncated or damaged. {error.Message}", error)
                { Name = path };
        }
        catch (Exception error)
        {
            throw new CertificateException($"Certificate file '{path}': it makes no sense. {error.Message}", error) { Name = path };
        }
    }

    /// <summary>The digest of a set's description.</summary>
    public static string DigestOf(SemanticSet set) => Digest.Of(JsonSerializer.SerializeToUtf8Bytes(set.Describe(), Json));

    /// <summary>Whether a set is the described one.</summary>
    public static bool AreSame(SemanticSet set, SemanticSetDescription description) =>
        JsonSerializer.Serialize(set.Describe(), Json) == JsonSerializer.Serialize(description, Json);

    private static string DigestOf(CertificateContent content) => Digest.Of(JsonSerializer.SerializeToUtf8Bytes(content, Json));

    private static void RequireFormat(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format)
            || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
            throw new CertificateException("it is not a certificate of RobustPruning.");
        if (!root.TryGetProperty("version", out var version)
            || version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out var number)
            || number < 1)
            throw new CertificateException("its version is missing or damaged.");
        if (number > Version)
            throw new CertificateException($"it has version {number} of the format, newer than this library's {Version}.")
                { Name = "version", Value = number };
    }
}
