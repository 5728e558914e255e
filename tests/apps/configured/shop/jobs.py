from shop.app import app


@app.task(name="shop.buy")
def buy(what: str, price: float) -> str:
    """Need a serializer and a setting of the app's own."""
    return f"{what} for {abs(price)} {app.conf.shop_currency}"
