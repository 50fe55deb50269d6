using System.Text.Json;

namespace RobustPruning.Data.Formats;

/// <summary>A value of a JSON file that knows where it stands.</summary>
/// <param name="File">The file.</param>
/// <param name="Path">The path to the value, such as <c>annotations[3].keypoints[5]</c>.</param>
/// <param name="Element">The value.</param>
internal sealed record JsonPlace(string File, string Path, JsonElement Element)
{
    public DataPlace Place => new(File, Name: Path.Length > 0 ? Path : "the whole file");

    public DataException Problem(string problem) => new(Place, problem);

    public bool Has(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonPlace Get(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Problem($"a {Element.ValueKind} stands where an object with '{name}' should.");
        return Element.TryGetProperty(name, out var value)
            ? new JsonPlace(File, Path.Length > 0 ? $"{Path}.{name}" : name, value)
            : throw Problem($"'{name}' is missing.");
    }

    public IEnumerable<JsonPlace> Items() => Element.ValueKind == JsonValueKind.Array
        ? Element.EnumerateArray().Select((value, index) => new JsonPlace(File, $"{Path}[{index}]", value))
        : throw Problem($"a {Element.ValueKind} stands where a list should.");

    public double Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out var value) && double.IsFinite(value)
        ? value
        : throw Problem($"{Element.GetRawText()} is not a number.");

    public string Text() => Element.ValueKind == JsonValueKind.String
        ? Element.GetString()!
        : throw Problem($"{Element.GetRawText()} is not a text.");

    /// <summary>A number or a text that identifies something.</summary>
    public string Key() => Element.ValueKind is JsonValueKind.Number or JsonValueKind.String
        ? Element.ToString()
        : throw Problem($"{Element.GetRawText()} is not an id.");
}
