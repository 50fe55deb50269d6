using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RobustPruning.Numerics;

/// <summary>
/// Decimals that are read back as the same number. .NET's shortest decimals are not, for some powers of two: 2⁻²⁵ is written
/// 2.980232238769531E-08, which is the number below it.
/// </summary>
internal static class ExactDecimal
{
    /// <summary>The shortest decimal if it is read back as the number, else one of 17 digits.</summary>
    public static string Of(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return double.Parse(text, CultureInfo.InvariantCulture).Equals(value) ? text : value.ToString("G17", CultureInfo.InvariantCulture);
    }

    /// <summary>The shortest decimal if it is read back as the number, else one of 9 digits.</summary>
    public static string Of(float value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return float.Parse(text, CultureInfo.InvariantCulture).Equals(value) ? text : value.ToString("G9", CultureInfo.InvariantCulture);
    }

    /// <summary>Numbers of JSON files; those that are not finite are the strings NaN, Infinity and -Infinity.</summary>
    internal sealed class Converter : JsonConverter<double>
    {
        /// <inheritdoc/>
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number
                ? reader.GetDouble()
                : reader.GetString() switch
                {
                    "NaN" => double.NaN,
                    "Infinity" => double.PositiveInfinity,
                    "-Infinity" => double.NegativeInfinity,
                    _ => throw new JsonException("A number is expected."),
                };

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteRawValue(Of(value));
            else
                writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
